import type pg from 'pg'
import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import {
  foreignDatabase,
  type MigrationOptions,
  migrationTable,
  pendingMigrations,
  postgresSql,
} from '../migrations/migrations.ts'
import { commit } from './commit.ts'
import { toStorageError } from './postgres-error.ts'
import { connect } from './start-checks.ts'

export interface MigrationResult {
  readonly from: number
  readonly to: number
}

export interface PostgresMigrationOptions extends MigrationOptions {
  readonly logger: Logger
  /**
   * A role to grant what a server needs: everything on rows but changing and deleting audit records. Left out, the
   * migrating role serves too.
   */
  readonly serverRole?: string
}

/** Any number that only migrations use ("strong" in ASCII). */
const migrationLock = 0x7374726f6e67
const appendOnlyTables: readonly string[] = ['audit_record', 'audit_checkpoint']

/**
 * Brings the schema to this program's version, in one transaction that one process at a time can be in. Run it with a role
 * that may create tables. Throws `conflict` / `SchemaTooNew` or `ForeignDatabase`, `unavailable` / `StorageUnavailable`.
 */
export function migratePostgres(config: pg.ClientConfig, options: PostgresMigrationOptions): Promise<MigrationResult> {
  return inMigrationTransaction(config, async (client) => {
    const from = await schemaVersion(client)
    const pending = pendingMigrations(from, options)
    if (from === 0) await client.query(migrationTable(postgresSql))
    for (const migration of pending) {
      for (const statement of migration.statements(postgresSql)) await client.query(statement)
      await client.query(
        `INSERT INTO schema_migration (version, name, applied_at)
          VALUES ($1, $2, floor(extract(epoch FROM clock_timestamp()) * 1000))`,
        [migration.version, migration.name],
      )
    }
    if (options.serverRole !== undefined) await grantServer(client, options.serverRole)
    const result = { from, to: from + pending.length }
    if (pending.length > 0) options.logger.info('The database schema was brought up to date.', { ...result })
    return result
  })
}

/**
 * What a starting server does: an empty database gets the schema, an older schema is left alone. Throws `conflict` /
 * `SchemaTooOld` for that, and like `migratePostgres`.
 */
export async function prepareSchema(
  config: pg.ClientConfig,
  options: { readonly logger: Logger } & MigrationOptions,
): Promise<void> {
  const version = await loadSchemaVersion(config)
  if (version === 0) {
    await migratePostgres(config, options)
    return
  }
  const pending = pendingMigrations(version, options).length
  if (pending > 0) {
    throw new ServiceError(
      'conflict',
      'SchemaTooOld',
      `The database has schema version ${version}; this program needs ${version + pending}. Run \`strongroom migrate\`.`,
    )
  }
}

/** The schema's version; 0 for an empty database. Throws `conflict` / `ForeignDatabase`, `unavailable` / `StorageUnavailable`. */
export async function loadSchemaVersion(config: pg.ClientConfig): Promise<number> {
  const client = await connect(config)
  try {
    return await schemaVersion(client)
  } catch (error) {
    throw toStorageError(error)
  } finally {
    client.end().catch(() => undefined)
  }
}

async function inMigrationTransaction<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(config)
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
    const result = await work(client)
    await commit(client)
    return result
  } catch (error) {
    throw toStorageError(error)
  } finally {
    // Ending the connection rolls back what was not committed.
    client.end().catch(() => undefined)
  }
}

/** 0 for an empty database. */
async function schemaVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  if (rows.length === 0) return 0
  if (!rows.some((row) => row.name === 'schema_migration')) throw foreignDatabase()
  const result = await client.query<{ version: number }>('SELECT max(version)::int AS version FROM schema_migration')
  return result.rows[0]?.version ?? 0
}

async function grantServer(client: pg.Client, role: string): Promise<void> {
  const to = client.escapeIdentifier(role)
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  for (const { name } of rows) {
    const table = client.escapeIdentifier(name)
    await client.query(`GRANT SELECT ON ${table} TO ${to}`)
    if (name === 'schema_migration') continue
    await client.query(`GRANT INSERT${appendOnlyTables.includes(name) ? '' : ', UPDATE, DELETE'} ON ${table} TO ${to}`)
  }
}
