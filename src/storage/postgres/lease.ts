import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type pg from 'pg'
import { type SqlValue, storageUnavailable } from '../database.ts'
import { Turns } from '../turns.ts'
import { commit } from './commit.ts'
import { isFatal, toConnectError, toStorageError } from './postgres-error.ts'
import { parseParameters } from './values.ts'

/** A connection taken out of the pool for one transaction. Queries on it take turns. */
export class Lease {
  readonly #client: pg.PoolClient
  readonly #turns = new Turns()
  readonly #onError = (error: Error): void => {
    this.#broken ??= error
  }
  #broken: unknown
  #ended = false

  private constructor(client: pg.PoolClient) {
    this.#client = client
    // Without a listener the loss of a connection that is not in the pool would end the process.
    client.on('error', this.#onError)
  }

  /** Throws `unavailable` / `StorageUnavailable` when no connection can be had in time. */
  static async take(pool: pg.Pool): Promise<Lease> {
    try {
      return new Lease(await pool.connect())
    } catch (error) {
      throw toConnectError(error)
    }
  }

  query<Row extends pg.QueryResultRow>(text: string, values: readonly SqlValue[] = []): Promise<pg.QueryResult<Row>> {
    return this.#run(() => this.#client.query<Row>({ text, values: [...values] }))
  }

  named(name: string, text: string, values: SqlValue[]): Promise<pg.QueryArrayResult<unknown[]>> {
    return this.#run(() => this.#client.query<unknown[]>({ name, text, values, rowMode: 'array' }))
  }

  /**
   * Commits after the queries already asked for; later ones are refused. Throws unless the commit is certain: a connection
   * lost meanwhile leaves the outcome unknown, which is an error too.
   */
  async commit(): Promise<void> {
    this.#ended = true
    try {
      await this.#turns.run(() => this.#attempt(() => commit(this.#client)))
    } catch (error) {
      this.#broken ??= error
      throw error
    }
  }

  /** Rolls back what is open. Never throws: a connection that cannot is closed, which rolls back as well. */
  async rollback(): Promise<void> {
    this.#ended = true
    if (this.#broken !== undefined) return
    try {
      await this.#turns.run(() => this.#attempt(() => this.#client.query('ROLLBACK')))
    } catch (error) {
      this.#broken ??= error
    }
  }

  /** Gives the connection back; from here on every use throws. */
  release(): void {
    this.#ended = true
    this.#client.off('error', this.#onError)
    this.#client.release(this.#broken !== undefined)
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended) return Promise.reject(new TypeError('The transaction has ended.'))
    return this.#turns.run(() => this.#attempt(work))
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#broken !== undefined) throw storageUnavailable('The connection to the database was lost.', this.#broken)
    try {
      return await work()
    } catch (error) {
      if (isFatal(error)) this.#broken ??= error
      throw toStorageError(error)
    }
  }
}

type RunQuery = <Row extends pg.QueryResultRow>(text: string, values: SqlValue[]) => Promise<pg.QueryResult<Row>>

/** Lets Kysely run its queries through `run`. */
export function kyselyConnection(run: RunQuery): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const result = await run<pg.QueryResultRow & Row>(query.sql, parseParameters(query.parameters))
      if (result.command === 'SELECT' || result.rowCount === null) return { rows: result.rows }
      return { rows: result.rows, numAffectedRows: BigInt(result.rowCount) }
    },
    streamQuery() {
      throw new TypeError('Rows are not streamed; page through them.')
    },
  }
}
