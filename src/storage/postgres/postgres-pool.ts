import {
  type DatabaseConnection,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import pg from 'pg'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import { type Freshness, type SqlValue, type Statement, storageUnavailable, tenantNotFound } from '../database.ts'
import { createKyselyFactory } from '../kysely-factory.ts'
import type { Schema } from '../schema.ts'
import { type GatedStatement, gateStatement } from './gate.ts'
import { isBefore, KnownCounters } from './known-counters.ts'
import { Lease } from './lease.ts'
import { toConnectError, toStorageError } from './postgres-error.ts'
import { databaseIsStandby } from './start-checks.ts'

export interface PoolOptions {
  readonly config: pg.ClientConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly maximumConnections: number
  /** A statement that takes longer is cancelled; a server that does not answer for longer is given up. */
  readonly statementTimeoutMilliseconds: number
}

const lockTimeoutMilliseconds = 5_000
const connectTimeoutMilliseconds = 5_000
/** How much longer than the server's own limit the client waits for it to say so. */
const answerGraceMilliseconds = 2_000

/** The connections of one server process, each checked before its first use, and the counters that came over them. */
export class PostgresPool {
  readonly clock: Clock
  readonly known = new KnownCounters()
  readonly createKysely: (connection: DatabaseConnection) => Kysely<Schema>
  readonly #pool: pg.Pool
  readonly #options: PoolOptions
  readonly #gated = new Map<string, GatedStatement>()
  #wentBack = false

  constructor(options: PoolOptions) {
    this.clock = options.clock
    this.#options = options
    this.createKysely = createKyselyFactory({
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    })
    this.#pool = new pg.Pool({
      ...options.config,
      max: options.maximumConnections,
      idleTimeoutMillis: 60_000,
      connectionTimeoutMillis: connectTimeoutMilliseconds,
      query_timeout: options.statementTimeoutMilliseconds + answerGraceMilliseconds,
      verify: (client, settle) => {
        this.#admit(client).then(() => settle(), settle)
      },
    })
    this.#pool.on('error', (error) => options.logger.warn('A connection to the database was lost.', { error }))
  }

  /** Runs a named statement behind its gate, on `lease` or on any connection. */
  async gated(
    statement: Statement<unknown>,
    on: { tenant: TenantId; parameters: readonly SqlValue[]; lease: Lease | undefined },
  ): Promise<pg.QueryArrayResult<unknown[]>> {
    let gated = this.#gated.get(statement.name)
    if (gated === undefined) {
      gated = gateStatement(statement)
      this.#gated.set(statement.name, gated)
    }
    this.#refuseWentBack()
    const values = [...on.parameters, on.tenant]
    if (on.lease !== undefined) return on.lease.named(gated.name, gated.text, values)
    try {
      return await this.#pool.query<unknown[]>({ name: gated.name, text: gated.text, values, rowMode: 'array' })
    } catch (error) {
      throw toStorageError(error)
    }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: readonly SqlValue[]): Promise<pg.QueryResult<Row>> {
    this.#refuseWentBack()
    try {
      return await this.#pool.query<Row>({ text, values: [...values] })
    } catch (error) {
      throw toStorageError(error)
    }
  }

  async take(): Promise<Lease> {
    this.#refuseWentBack()
    return Lease.take(this.#pool)
  }

  /** A read-only transaction on one state of the database, and the counters of that state. */
  async openSnapshot(tenant: TenantId): Promise<{ lease: Lease; freshness: Freshness }> {
    const lease = await this.take()
    try {
      await lease.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const { rows } = await lease.query<{ generation: number; epoch: number }>(
        'SELECT generation, epoch FROM tenant WHERE id = $1',
        [tenant],
      )
      const freshness = rows[0]
      if (freshness === undefined) throw tenantNotFound()
      this.known.observe(tenant, freshness)
      return { lease, freshness }
    } catch (error) {
      await lease.rollback()
      lease.release()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  /** Prepares a new connection, and refuses one that leads to a database behind what this process has seen. */
  async #admit(client: pg.PoolClient): Promise<void> {
    const known = this.known.snapshot()
    try {
      const state = await client.query<{ standby: number }>(
        `SELECT pg_is_in_recovery() AS standby, set_config('statement_timeout', $1, false),
          set_config('lock_timeout', $2, false), set_config('idle_in_transaction_session_timeout', $3, false)`,
        [
          String(this.#options.statementTimeoutMilliseconds),
          String(lockTimeoutMilliseconds),
          String(3 * this.#options.statementTimeoutMilliseconds),
        ],
      )
      if (state.rows[0]?.standby !== 0) throw databaseIsStandby()
      const tenants = await client.query<{ id: string } & Freshness>('SELECT id, generation, epoch FROM tenant')
      for (const { id, generation, epoch } of tenants.rows) {
        const before = known.get(id)
        if (before !== undefined && isBefore({ generation, epoch }, before)) this.#refuseFromNowOn()
        this.known.observe(trustGuid<TenantId>(id), { generation, epoch })
      }
    } catch (error) {
      throw error instanceof ServiceError ? error : toConnectError(error)
    }
  }

  /**
   * Decisions are cached under numbers that the database would give out again, for other states: only a new process, with
   * empty caches, may go on.
   */
  #refuseFromNowOn(): never {
    this.#wentBack = true
    this.#options.logger.error(
      'The database went back to an earlier state (a failover that lost writes, or a restored backup). Restart this server.',
    )
    throw wentBack()
  }

  #refuseWentBack(): void {
    if (this.#wentBack) throw wentBack()
  }
}

function wentBack(): ServiceError {
  return storageUnavailable('The database went back to an earlier state; this server must be restarted.')
}
