import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import {
  foreignDatabase,
  type MigrationOptions,
  migrationTable,
  pendingMigrations,
  sqliteSql,
} from '../migrations/migrations.ts'
import { createPrivateFile, type DataDirectory, syncFile } from './data-directory.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/**
 * Brings the schema to this program's version in one transaction, after a backup into DIR/backups when there was one
 * before. Throws `conflict` / `SchemaTooNew` or `ForeignDatabase` and changes nothing then.
 */
export function migrateSqlite(
  connection: SqliteConnection,
  directory: DataDirectory,
  options: { readonly clock: Clock; readonly logger: Logger } & MigrationOptions,
): void {
  const version = schemaVersion(connection)
  const pending = pendingMigrations(version, options)
  if (pending.length === 0) return
  if (version > 0)
    backUp(connection, directory, `before-upgrade-from-${version}-${fileTime(options.clock.now())}.sqlite`)
  connection.begin()
  try {
    if (version === 0) connection.execute(migrationTable(sqliteSql))
    for (const migration of pending) {
      for (const statement of migration.statements(sqliteSql)) connection.execute(statement)
      connection.query('INSERT INTO schema_migration (version, name, applied_at) VALUES (?, ?, ?)', [
        migration.version,
        migration.name,
        options.clock.now().getTime(),
      ])
    }
    connection.commit()
  } catch (error) {
    connection.rollback()
    throw error
  }
  options.logger.info('The database schema was brought up to date.', { from: version, to: version + pending.length })
}

/** The schema's version; 0 for an empty database. Throws `conflict` / `ForeignDatabase`. */
export function schemaVersion(connection: SqliteConnection): number {
  const tables = connection.query<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
  ).rows
  if (tables.length === 0) return 0
  if (!tables.some((table) => table.name === 'schema_migration')) throw foreignDatabase()
  return (
    connection.query<{ version: number }>('SELECT max(version) AS version FROM schema_migration').rows[0]?.version ?? 0
  )
}

function backUp(connection: SqliteConnection, directory: DataDirectory, name: string): void {
  mkdirSync(directory.backupDirectory, { recursive: true, mode: 0o700 })
  const file = join(directory.backupDirectory, name)
  // VACUUM INTO accepts an empty file; made here first, it has our mode and not the umask's.
  createPrivateFile(file)
  connection.query('VACUUM INTO ?', [file])
  syncFile(file)
  syncFile(directory.backupDirectory)
}

function fileTime(date: Date): string {
  return date.toISOString().replaceAll(':', '-')
}
