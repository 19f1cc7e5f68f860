import type pg from 'pg'
import { type SqlValue, storageUnavailable } from '../database.ts'
import { Turns } from '../turns.ts'
import { commit } from './commit.ts'
import { isFatal, toStorageError } from './postgres-error.ts'
import { connect } from './start-checks.ts'

/**
 * A connection of its own, outside the pool, for what lives as long as a session: advisory locks and the transactions
 * made under them.
 */
export interface PostgresSession {
  /**
   * Runs one statement; queries take turns. Integers come back as numbers, bytea as Buffer. Throws `unavailable` /
   * `StorageUnavailable` once the session is lost. A server that does not answer for 20 seconds loses it, so take locks by
   * `pg_try_advisory_lock` and ask again.
   */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly SqlValue[]): Promise<readonly Row[]>
  /**
   * Runs `work` between BEGIN and COMMIT, nothing else in between. Throws what `work` throws, after ROLLBACK; an error of
   * COMMIT, or a warning that the standby may not have it, is an error and loses the session.
   */
  transaction<T>(work: (query: PostgresSession['query']) => Promise<T>): Promise<T>
  /** Calls back once, soon after the connection is known to be lost; its locks are gone by then. Not after `close`. */
  onLost(callback: (reason: Error) => void): void
  readonly lost: boolean
  /** Ends the session, and with it its locks. */
  close(): Promise<void>
}

/** Opens a session. Throws `unavailable` / `StorageUnavailable`. */
export async function openPostgresSession(config: pg.ClientConfig): Promise<PostgresSession> {
  return new Session(await connect(config))
}

class Session implements PostgresSession {
  readonly #client: pg.Client
  readonly #turns = new Turns()
  readonly #callbacks: ((reason: Error) => void)[] = []
  #reason: Error | undefined
  #closing = false

  constructor(client: pg.Client) {
    this.#client = client
    client.on('error', (error) => this.#lose(error))
    client.on('end', () => this.#lose(new Error('The connection ended.')))
  }

  get lost(): boolean {
    return this.#reason !== undefined
  }

  query<Row extends pg.QueryResultRow>(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#turns.run(async () => (await this.#run<Row>(sql, parameters)).rows)
  }

  transaction<T>(work: (query: PostgresSession['query']) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      await this.#run('BEGIN', [])
      let open = true
      let result: T
      try {
        result = await work(async (sql, parameters = []) => {
          if (!open) throw new TypeError('The transaction has ended.')
          return (await this.#run<never>(sql, parameters)).rows
        })
      } catch (error) {
        if (!this.lost) await this.#run('ROLLBACK', [])
        throw error
      } finally {
        open = false
      }
      await this.#commit()
      return result
    })
  }

  onLost(callback: (reason: Error) => void): void {
    this.#callbacks.push(callback)
    const reason = this.#reason
    if (reason !== undefined) queueMicrotask(() => callback(reason))
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#reason ??= new Error('The session was closed.')
    await this.#client.end()
  }

  async #commit(): Promise<void> {
    try {
      await commit(this.#client)
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error('COMMIT failed.'))
      throw toStorageError(error)
    }
  }

  async #run<Row extends pg.QueryResultRow>(
    text: string,
    parameters: readonly SqlValue[],
  ): Promise<pg.QueryResult<Row>> {
    if (this.#reason !== undefined) throw storageUnavailable('The session with the database is lost.', this.#reason)
    try {
      return await this.#client.query<Row>({ text, values: [...parameters] })
    } catch (error) {
      if (isFatal(error)) this.#lose(error instanceof Error ? error : new Error('The query failed.'))
      throw toStorageError(error)
    }
  }

  #lose(reason: Error): void {
    if (this.#reason !== undefined || this.#closing) return
    this.#reason = reason
    // Whatever the state of the connection, its locks must not outlive our belief in it.
    this.#client.end().catch(() => undefined)
    for (const callback of this.#callbacks) callback(reason)
  }
}
