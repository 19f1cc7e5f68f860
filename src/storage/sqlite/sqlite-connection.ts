import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { SqlValue, Statement } from '../database.ts'
import { toStorageError } from './sqlite-error.ts'

interface Prepared {
  readonly statement: StatementSync
  /** Column names of the result; none for a statement that only changes rows. */
  readonly columns: readonly string[]
}

const cachedQueries = 256

/**
 * One connection to the database file. All of it is synchronous: a statement has run to its end when the call returns,
 * so two callers can share a connection for single statements. Throws `unavailable` / `StorageUnavailable` for a full
 * or broken disk, `internal` / `StorageCorrupt` for a damaged file, `UniqueViolation`.
 */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #hot = new Map<string, Prepared>()
  readonly #queries = new Map<string, Prepared>()

  constructor(file: string, options: { readonly readOnly: boolean }) {
    try {
      this.#database = new DatabaseSync(file, { readOnly: options.readOnly, timeout: 1000, defensive: true })
    } catch (error) {
      throw toStorageError(error)
    }
  }

  /** Runs SQL of this folder that needs no parameters and gives no rows. */
  execute(sql: string): void {
    try {
      this.#database.exec(sql)
    } catch (error) {
      throw toStorageError(error)
    }
  }

  /** Runs a named statement, prepared once. */
  rows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): readonly Row[] {
    try {
      let prepared = this.#hot.get(statement.name)
      if (prepared === undefined) {
        prepared = this.#prepare(statement.sql.replace(/\$(\d+)/g, '?$1'))
        this.#hot.set(statement.name, prepared)
      }
      return parseRows<Row>(prepared, prepared.statement.all(...parameters))
    } catch (error) {
      throw toStorageError(error)
    }
  }

  /** Runs SQL with `?` parameters; prepared statements of the last queries are kept. */
  query<Row>(sql: string, parameters: readonly SqlValue[] = []): QueryResult<Row> {
    try {
      const prepared = this.#queries.get(sql) ?? this.#prepareQuery(sql)
      if (prepared.columns.length > 0) {
        return { rows: parseRows<Row>(prepared, prepared.statement.all(...parameters)) }
      }
      const { changes, lastInsertRowid } = prepared.statement.run(...parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    } catch (error) {
      throw toStorageError(error)
    }
  }

  begin(): void {
    // Only a rollback that failed leaves a transaction behind; it must be gone before the next one.
    this.rollback()
    this.execute('BEGIN IMMEDIATE')
  }

  commit(): void {
    this.execute('COMMIT')
  }

  /** Ends the open transaction, if SQLite has not already rolled it back itself. */
  rollback(): void {
    if (this.#database.isTransaction) this.execute('ROLLBACK')
  }

  close(): void {
    this.#hot.clear()
    this.#queries.clear()
    this.#database.close()
  }

  #prepare(sql: string): Prepared {
    const statement = this.#database.prepare(sql, { returnArrays: true })
    return { statement, columns: statement.columns().map((column) => column.name) }
  }

  #prepareQuery(sql: string): Prepared {
    const prepared = this.#prepare(sql)
    if (this.#queries.size >= cachedQueries) {
      const oldest = this.#queries.keys().next().value
      if (oldest !== undefined) this.#queries.delete(oldest)
    }
    this.#queries.set(sql, prepared)
    return prepared
  }
}

/**
 * Rows as plain objects with Buffers. node:sqlite's own objects have no prototype, and its blobs are Uint8Arrays, which
 * would make rows of the two engines differ. That they have the shape `Row` is the statement's promise.
 */
function parseRows<Row>(prepared: Prepared, arrays: unknown): readonly Row[] & Row[] {
  const { columns } = prepared
  const rows = arrays as unknown[][]
  const parsed: Row[] = []
  for (const values of rows) {
    const row: Record<string, unknown> = {}
    for (let at = 0; at < columns.length; at++) {
      const value = values[at]
      row[columns[at] ?? ''] =
        value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
    }
    parsed.push(row as Row)
  }
  return parsed
}

/** Lets Kysely run its queries through `run`, which is synchronous and so whole in one turn of the event loop. */
export function kyselyConnection(run: SqliteConnection['query']): DatabaseConnection {
  return {
    executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      try {
        return Promise.resolve(run<Row>(query.sql, parseParameters(query.parameters)))
      } catch (error) {
        return Promise.reject(error)
      }
    },
    streamQuery() {
      throw new TypeError('Rows are not streamed; page through them.')
    },
  }
}

function parseParameters(parameters: readonly unknown[]): readonly SqlValue[] {
  for (const value of parameters) {
    if (value === null || typeof value === 'string' || typeof value === 'number') continue
    if (typeof value === 'bigint' || Buffer.isBuffer(value)) continue
    throw new TypeError('A query parameter is neither text, number, bytes nor null.')
  }
  return parameters as readonly SqlValue[]
}
