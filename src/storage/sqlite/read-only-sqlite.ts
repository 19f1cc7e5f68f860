import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import { type Database, storageUnavailable } from '../database.ts'
import { createKyselyFactory } from '../kysely-factory.ts'
import { currentSchemaVersion, pendingMigrations } from '../migrations/migrations.ts'
import type { Schema } from '../schema.ts'
import { schemaVersion } from './migrate-sqlite.ts'
import { kyselyConnection, SqliteConnection } from './sqlite-connection.ts'

/** A database that can be looked at and not changed, beside a running server or without one. */
export interface ReadOnlySqlite extends Database {
  readonly engine: 'sqlite'
  /** What SQLite's own check of the whole file finds wrong; empty for nothing. Reads every page. */
  findDamage(): readonly string[]
}

/**
 * Opens the database of a data directory for reading alone; only `system('read', …)` and `ping` work. Throws `not-found` /
 * `DatabaseMissing`, `conflict` / `SchemaTooNew`, `SchemaTooOld` or `ForeignDatabase`, `internal` / `StorageCorrupt`.
 */
export function openSqliteReadOnly(directory: string): ReadOnlySqlite {
  const file = join(directory, 'strongroom.sqlite')
  if (!existsSync(file)) {
    throw new ServiceError(
      'not-found',
      'DatabaseMissing',
      'The data directory holds no database. Start a server on it.',
    )
  }
  const connection = new SqliteConnection(file, { readOnly: true })
  try {
    const version = schemaVersion(connection)
    if (version === 0 || pendingMigrations(version).length > 0) {
      throw new ServiceError(
        'conflict',
        'SchemaTooOld',
        `The database has schema version ${version}; this program needs ${currentSchemaVersion}. It is brought up to date when the server starts.`,
      )
    }
    return new OpenedReadOnly(connection)
  } catch (error) {
    connection.close()
    throw error
  }
}

class OpenedReadOnly implements ReadOnlySqlite {
  readonly engine = 'sqlite'
  readonly #connection: SqliteConnection
  readonly #kysely: Kysely<Schema>

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    this.#kysely = createKyselyFactory({
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    })(kyselyConnection((sql, parameters) => connection.query(sql, parameters)))
  }

  findDamage(): readonly string[] {
    const rows = this.#connection.query<{ integrity_check: string }>('PRAGMA integrity_check(10)').rows
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
  }

  async system<T>(access: 'read' | 'write', work: (kysely: Kysely<Schema>) => Promise<T>): Promise<T> {
    if (access === 'write') throw onlyForReading()
    return work(this.#kysely)
  }

  async ping(): Promise<void> {
    this.#connection.query('SELECT 1')
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  knownFreshness(): undefined {
    return undefined
  }

  currentFreshness(): Promise<never> {
    return Promise.reject(onlyForReading())
  }

  read(): Promise<never> {
    return Promise.reject(onlyForReading())
  }

  write(): Promise<never> {
    return Promise.reject(onlyForReading())
  }
}

function onlyForReading(): ServiceError {
  return storageUnavailable('The database was opened for reading alone.')
}
