import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import pg from 'pg'
import { silentLogger } from '#base/log.ts'
import { initial } from '#storage/migrations/0001-initial.ts'
import { appRevisions } from '#storage/migrations/0006-app-revisions.ts'
import { migratePostgres } from '#storage/postgres/migrate-postgres.ts'
import { takeDataDirectory } from '#storage/sqlite/data-directory.ts'
import { migrateSqlite } from '#storage/sqlite/migrate-sqlite.ts'
import { SqliteConnection } from '#storage/sqlite/sqlite-connection.ts'
import { fixedClock } from '../support/databases.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'

/** An app as the first version stored it. */
const app = {
  tenant_id: 't',
  subscription_id: 's',
  resource_group: 'RG1',
  resource_group_canonical: 'rg1',
  name: 'app1',
  name_canonical: 'app1',
  location: 'westeurope',
  tags_json: '{}',
  identity_json: '{"type":"None"}',
  principal_id: null,
  properties_json: JSON.stringify({ environmentId: '/subscriptions/S/RG1/env1', template: { containers: [{}] } }),
  revision_name: 'app1--v1',
  created_at: 1,
  created_by: 'x',
  created_by_type: 'User',
  updated_at: 2,
  updated_by: 'x',
  updated_by_type: 'User',
}
const columns = Object.keys(app).join(', ')
const readApp = 'SELECT id, environment_canonical FROM container_app'
const readRevision =
  'SELECT tenant_id, app_id, name, ordinal, template_json, active, created_at FROM container_app_revision'
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

type Row = Readonly<Record<string, unknown>>

function assertCarriedOver([stored]: readonly Row[], [revision, ...others]: readonly Row[]): void {
  assert.match(String(stored?.['id']), guid)
  assert.equal(stored?.['environment_canonical'], '/subscriptions/s/rg1/env1')
  assert.deepEqual(others, [])
  assert.deepEqual(JSON.parse(String(revision?.['template_json'])), { containers: [{}] })
  const { template_json: _template, ...rest } = revision ?? {}
  assert.deepEqual(Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])), {
    tenant_id: 't',
    app_id: stored?.['id'],
    name: 'app1--v1',
    ordinal: '1',
    active: '1',
    created_at: '2',
  })
}

describe('an app of the first version', () => {
  test('has an id, its environment and its one revision after an upgrade on SQLite', () => {
    const parent = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
    const directory = takeDataDirectory(parent)
    const connection = new SqliteConnection(directory.databaseFile, { readOnly: false })
    try {
      const options = { clock: fixedClock(), logger: silentLogger }
      migrateSqlite(connection, directory, { ...options, migrations: [initial] })
      const marks = Object.keys(app).map(() => '?')
      connection.query(`INSERT INTO container_app (${columns}) VALUES (${marks.join(', ')})`, Object.values(app))
      migrateSqlite(connection, directory, { ...options, migrations: [initial, appRevisions] })
      assertCarriedOver(connection.query<Row>(readApp).rows, connection.query<Row>(readRevision).rows)
    } finally {
      connection.close()
      directory.release()
      rmSync(parent, { recursive: true })
    }
  })

  test('has them after a migration on PostgreSQL', { skip: postgresMissing() }, async () => {
    const connectionString = await createDatabase()
    await migratePostgres({ connectionString }, { logger: silentLogger, migrations: [initial] })
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      const marks = Object.keys(app).map((_, at) => `$${at + 1}`)
      await client.query(`INSERT INTO container_app (${columns}) VALUES (${marks.join(', ')})`, Object.values(app))
      await migratePostgres({ connectionString }, { logger: silentLogger, migrations: [initial, appRevisions] })
      assertCarriedOver((await client.query<Row>(readApp)).rows, (await client.query<Row>(readRevision)).rows)
    } finally {
      await client.end()
    }
  })
})
