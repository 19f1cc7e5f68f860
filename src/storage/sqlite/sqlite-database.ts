/**
 * sqlite: the embedded engine. One server process owns the file; one connection writes, in turns, and others read.
 * The tenants' counters live in memory and move in the turn in which COMMIT returns, so a check costs no statement.
 */

import { type DatabaseConnection, type Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Clock } from '#base/clock.ts'
import type { TenantId } from '#base/ids.ts'
import { trustGuid } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import {
  type Database,
  type Freshness,
  movedFreshness,
  type Reader,
  type ReadScope,
  StaleDecision,
  sameFreshness,
  storageUnavailable,
  tenantNotFound,
  type Writer,
  type WriteScope,
} from '../database.ts'
import { createKyselyFactory } from '../kysely-factory.ts'
import type { Schema } from '../schema.ts'
import { Turns } from '../turns.ts'
import { type DataDirectory, takeDataDirectory } from './data-directory.ts'
import { KeptRows } from './kept-rows.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { kyselyConnection, SqliteConnection } from './sqlite-connection.ts'
import { type ReaderParts, SqliteReader, SqliteWriter } from './sqlite-reader.ts'

export interface SqliteOptions {
  /** Made with mode 0700 if missing; holds the database, its lock and its backups. */
  readonly directory: string
  readonly clock: Clock
  readonly logger: Logger
}

const idleSnapshotConnections = 2

/**
 * Opens the embedded database of a data directory, making or upgrading it, and takes the directory for this process.
 * Throws `ServiceError` with a sentence for the operator: `DataDirectoryInUse`, `DataDirectoryTooOpen`,
 * `DataDirectoryUnusable`, `SchemaTooNew`, `ForeignDatabase`, `StorageCorrupt`, `StorageUnavailable`.
 */
export function openSqlite(options: SqliteOptions): Promise<Database> {
  return new Promise((resolve) => resolve(open(options)))
}

function open(options: SqliteOptions): Database {
  const directory = takeDataDirectory(options.directory)
  let writer: SqliteConnection | undefined
  try {
    writer = new SqliteConnection(directory.databaseFile, { readOnly: false })
    prepareWriter(writer)
    migrateSqlite(writer, directory, options)
    return new SqliteDatabase(directory, writer, options.clock)
  } catch (error) {
    writer?.close()
    directory.release()
    throw error
  }
}

function prepareWriter(writer: SqliteConnection): void {
  const mode = writer.query<{ journal_mode: string }>('PRAGMA journal_mode = WAL').rows[0]?.journal_mode
  if (mode !== 'wal') throw storageUnavailable('The file system of the data directory does not support SQLite’s WAL.')
  for (const setting of ['synchronous = FULL', 'secure_delete = ON', 'foreign_keys = ON', 'trusted_schema = OFF']) {
    writer.execute(`PRAGMA ${setting}`)
  }
  writer.execute('PRAGMA temp_store = MEMORY')
}

class SqliteDatabase implements Database {
  readonly engine = 'sqlite'
  readonly #directory: DataDirectory
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #idleSnapshots: SqliteConnection[] = []
  readonly #openSnapshots = new Set<SqliteConnection>()
  readonly #counters = new Map<string, Freshness>()
  readonly #turns = new Turns()
  readonly #kept = new KeptRows()
  readonly #createKysely: (connection: DatabaseConnection) => Kysely<Schema>
  readonly #systemReader: Kysely<Schema>
  readonly #checked: ReaderParts
  readonly #unchecked: ReaderParts
  #closed = false

  constructor(directory: DataDirectory, writer: SqliteConnection, clock: Clock) {
    this.#directory = directory
    this.#writer = writer
    this.#reader = this.#openReader()
    this.#createKysely = createKyselyFactory({
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    })
    this.#systemReader = this.#createKysely(kyselyConnection((sql, parameters) => this.#reader.query(sql, parameters)))
    this.#checked = {
      clock,
      kept: this.#kept,
      createKysely: this.#createKysely,
      check: (tenant, freshness) => {
        const current = this.#counters.get(tenant)
        if (current === undefined) throw tenantNotFound()
        if (!sameFreshness(current, freshness)) throw new StaleDecision(current)
      },
    }
    this.#unchecked = { clock, createKysely: this.#createKysely, check: () => undefined }
    this.#loadCounters()
  }

  knownFreshness(tenant: TenantId): Freshness | undefined {
    return this.#counters.get(tenant)
  }

  currentFreshness(tenant: TenantId): Promise<Freshness> {
    return new Promise((resolve) => resolve(this.#current(tenant)))
  }

  read<T>(scope: ReadScope, work: (reader: Reader) => Promise<T>): Promise<T> {
    try {
      const current = this.#current(scope.tenant)
      const freshness = scope.expected ?? current
      if (!sameFreshness(current, freshness)) throw new StaleDecision(current)
      if (scope.consistency === 'snapshot') return this.#readSnapshot({ tenant: scope.tenant, freshness }, work)
      return work(new SqliteReader(this.#checked, this.#reader, { tenant: scope.tenant, freshness }))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  write<T>(scope: WriteScope, work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      const before = this.#current(scope.tenant)
      if (scope.expected !== undefined && !sameFreshness(before, scope.expected)) throw new StaleDecision(before)
      const after = scope.moves === undefined ? before : movedFreshness(before, scope.moves)
      return this.#transaction(
        async () => {
          if (after !== before) this.#move(scope.tenant, after)
          const writer = new SqliteWriter(this.#unchecked, this.#writer, { tenant: scope.tenant, freshness: before })
          try {
            return await work(writer)
          } finally {
            writer.end()
          }
        },
        () => this.#counters.set(scope.tenant, after),
      )
    })
  }

  async system<T>(access: 'read' | 'write', work: (kysely: Kysely<Schema>) => Promise<T>): Promise<T> {
    this.#refuseClosed()
    if (access === 'read') return work(this.#systemReader)
    return this.#turns.run(() => {
      let ended = false
      const kysely = this.#createKysely(
        kyselyConnection((sql, parameters) => {
          if (ended) throw new TypeError('The transaction has ended.')
          return this.#writer.query(sql, parameters)
        }),
      )
      return this.#transaction(
        () =>
          work(kysely).finally(() => {
            ended = true
          }),
        () => this.#loadCounters(),
      )
    })
  }

  ping(): Promise<void> {
    return new Promise((resolve) => {
      this.#refuseClosed()
      this.#reader.query('SELECT 1')
      resolve()
    })
  }

  close(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#closed) return
      this.#closed = true
      // The writer goes last: the last connection to close folds the write-ahead log into the database file.
      for (const connection of [this.#reader, ...this.#idleSnapshots, ...this.#openSnapshots]) connection.close()
      this.#writer.close()
      this.#directory.release()
    })
  }

  #openReader(): SqliteConnection {
    return new SqliteConnection(this.#directory.databaseFile, { readOnly: true })
  }

  #refuseClosed(): void {
    if (this.#closed) throw storageUnavailable('The database is closed.')
  }

  #current(tenant: TenantId): Freshness {
    this.#refuseClosed()
    const current = this.#counters.get(tenant)
    if (current === undefined) throw tenantNotFound()
    return current
  }

  /** Runs `work` between BEGIN and COMMIT; `committed` in the same turn as COMMIT. */
  async #transaction<T>(work: () => Promise<T>, committed: () => void): Promise<T> {
    this.#refuseClosed()
    this.#writer.begin()
    try {
      const result = await work()
      try {
        this.#writer.commit()
      } finally {
        // Also when COMMIT failed: then nobody can say what is in the file.
        this.#kept.forget()
      }
      committed()
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  #rollBack(): void {
    try {
      this.#writer.rollback()
    } catch {
      // What made the transaction fail is the better answer; `begin` rolls back again before the next one.
    }
  }

  #move(tenant: TenantId, after: Freshness): void {
    const before = this.#current(tenant)
    const moved = this.#writer.query<Freshness>(
      'UPDATE tenant SET generation = generation + ?, epoch = epoch + ? WHERE id = ? RETURNING generation, epoch',
      [after.generation - before.generation, after.epoch - before.epoch, tenant],
    ).rows[0]
    if (moved === undefined || !sameFreshness(moved, after)) {
      throw new Error('The counters of a tenant were changed by another program.')
    }
  }

  async #readSnapshot<T>(
    at: { tenant: TenantId; freshness: Freshness },
    work: (reader: Reader) => Promise<T>,
  ): Promise<T> {
    const connection = this.#idleSnapshots.pop() ?? this.#openReader()
    this.#openSnapshots.add(connection)
    try {
      connection.execute('BEGIN')
      // The first statement fixes the state, in the turn in which the counters in memory were read.
      connection.query('SELECT generation FROM tenant LIMIT 1')
      const reader = new SqliteReader(this.#unchecked, connection, at)
      try {
        return await work(reader)
      } finally {
        reader.end()
        if (!this.#closed) connection.rollback()
      }
    } finally {
      this.#openSnapshots.delete(connection)
      if (!this.#closed) {
        if (this.#idleSnapshots.length < idleSnapshotConnections) this.#idleSnapshots.push(connection)
        else connection.close()
      }
    }
  }

  #loadCounters(): void {
    const rows = this.#writer.query<{ id: string } & Freshness>('SELECT id, generation, epoch FROM tenant').rows
    this.#counters.clear()
    for (const { id, generation, epoch } of rows) {
      this.#counters.set(trustGuid<TenantId>(id), Object.freeze({ generation, epoch }))
    }
  }
}
