/**
 * migrations: the one list of schema changes, for both engines. A released migration never changes; a new one only adds
 * (expand), and what became unused is removed a release later (contract).
 */
import { ServiceError } from '#base/errors.ts'
import { initial } from './0001-initial.ts'
import { deletedSecrets } from './0002-deleted-secrets.ts'
import { vaultAccess } from './0003-vault-access.ts'
import { roleConditions } from './0004-role-conditions.ts'
import { managedIdentities } from './0005-managed-identities.ts'
import { appRevisions } from './0006-app-revisions.ts'
import { resourceLocks } from './0007-resource-locks.ts'
import { deletedVaults } from './0008-deleted-vaults.ts'
import type { Migration, SqlDialect } from './migration.ts'

// STRICT: a value of the wrong type is refused on SQLite as it is on PostgreSQL. Rowid tables: a row of 1 kB in a
// WITHOUT ROWID table overflows to a page of its own.
export const sqliteSql: SqlDialect = {
  engine: 'sqlite',
  text: 'TEXT',
  integer: 'INTEGER',
  bytes: 'BLOB',
  position: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  tableOptions: ' STRICT',
}

export const postgresSql: SqlDialect = {
  engine: 'postgres',
  text: 'text COLLATE "C"',
  integer: 'bigint',
  bytes: 'bytea',
  position: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  tableOptions: '',
}

const migrations: readonly Migration[] = [
  initial,
  deletedSecrets,
  vaultAccess,
  roleConditions,
  managedIdentities,
  appRevisions,
  resourceLocks,
  deletedVaults,
]

/** The schema version that this program reads and writes. */
export const currentSchemaVersion = migrations.length

/** Migrating takes the program's list unless told; tests have later ones. */
export interface MigrationOptions {
  readonly migrations?: readonly Migration[]
}

/** Where the applied versions are recorded, on both engines. */
export function migrationTable(dialect: SqlDialect): string {
  return `CREATE TABLE schema_migration (
    version ${dialect.integer} NOT NULL PRIMARY KEY,
    name ${dialect.text} NOT NULL,
    applied_at ${dialect.integer} NOT NULL
  )${dialect.tableOptions}`
}

/** What is to be applied to a schema at `version`. Throws `conflict` / `SchemaTooNew` for one this program does not know. */
export function pendingMigrations(version: number, options: MigrationOptions = {}): readonly Migration[] {
  const list = options.migrations ?? migrations
  if (version > list.length) {
    throw new ServiceError(
      'conflict',
      'SchemaTooNew',
      `The database has schema version ${version}, written by a newer Strongroom; this program knows versions up to ${list.length}. Start the newer program, or restore a backup made before the upgrade.`,
    )
  }
  return list.slice(version)
}

/** Thrown for a database that holds tables but none of ours: `conflict` / `ForeignDatabase`. */
export function foreignDatabase(): ServiceError {
  return new ServiceError(
    'conflict',
    'ForeignDatabase',
    'The database holds tables that are not Strongroom’s. Name an empty database.',
  )
}
