import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import pg from 'pg'
import { silentLogger } from '#base/log.ts'
import { initial } from '#storage/migrations/0001-initial.ts'
import { vaultAccess } from '#storage/migrations/0003-vault-access.ts'
import { migratePostgres } from '#storage/postgres/migrate-postgres.ts'
import { takeDataDirectory } from '#storage/sqlite/data-directory.ts'
import { migrateSqlite } from '#storage/sqlite/migrate-sqlite.ts'
import { SqliteConnection } from '#storage/sqlite/sqlite-connection.ts'
import { parseVaultSettings } from '#vault/vault-record.ts'
import { fixedClock } from '../support/databases.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'

const settings = {
  sku: 'premium',
  enabledForDeployment: true,
  enabledForDiskEncryption: false,
  enabledForTemplateDeployment: false,
  purgeProtection: true,
  networkBypass: 'None',
}

/** A vault as the first version stored it. */
const vault = {
  tenant_id: 't',
  subscription_id: 's',
  resource_group: 'RG1',
  resource_group_canonical: 'rg1',
  name: 'kv1',
  name_canonical: 'kv1',
  location: 'westeurope',
  tags_json: '{}',
  properties_json: JSON.stringify(settings),
  created_at: 1,
  created_by: 'x',
  created_by_type: 'User',
  updated_at: 2,
  updated_by: 'x',
  updated_by_type: 'User',
  id: 'v',
  retention_days: 90,
  state: 'active',
}
const columns = Object.keys(vault).join(', ')
const readSettings = 'SELECT properties_json FROM vault'

interface Row {
  readonly properties_json: string
}

/** What held for it before, now in words. */
function assertAsBefore(rows: readonly Row[]): void {
  assert.deepEqual(
    rows.map((row) => parseVaultSettings(row.properties_json)),
    [
      {
        ...settings,
        networkDefaultAction: 'Allow',
        ipRules: [],
        virtualNetworkRules: [],
        publicNetworkAccess: 'Enabled',
        privateEndpointConnections: [],
        rbacAuthorization: true,
        accessPolicies: [],
      },
    ],
  )
}

describe('a vault of the first version', () => {
  test('is open to every address and goes by roles after an upgrade on SQLite', () => {
    const parent = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
    const directory = takeDataDirectory(parent)
    const connection = new SqliteConnection(directory.databaseFile, { readOnly: false })
    try {
      const options = { clock: fixedClock(), logger: silentLogger }
      migrateSqlite(connection, directory, { ...options, migrations: [initial] })
      const marks = Object.keys(vault).map(() => '?')
      connection.query(`INSERT INTO vault (${columns}) VALUES (${marks.join(', ')})`, Object.values(vault))
      migrateSqlite(connection, directory, { ...options, migrations: [initial, vaultAccess] })
      assertAsBefore(connection.query<Row>(readSettings).rows)
    } finally {
      connection.close()
      directory.release()
      rmSync(parent, { recursive: true })
    }
  })

  test('is so after a migration on PostgreSQL', { skip: postgresMissing() }, async () => {
    const connectionString = await createDatabase()
    await migratePostgres({ connectionString }, { logger: silentLogger, migrations: [initial] })
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      const marks = Object.keys(vault).map((_, at) => `$${at + 1}`)
      await client.query(`INSERT INTO vault (${columns}) VALUES (${marks.join(', ')})`, Object.values(vault))
      await migratePostgres({ connectionString }, { logger: silentLogger, migrations: [initial, vaultAccess] })
      assertAsBefore((await client.query<Row>(readSettings)).rows)
    } finally {
      await client.end()
    }
  })
})
