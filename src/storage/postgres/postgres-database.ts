/**
 * postgres: the engine for several server processes. The tenants' counters are read in the same statement, or the same
 * transaction, as the rows they guard: no cache and no notification stands between a revocation and the next read.
 */

import type { Kysely } from 'kysely'
import type pg from 'pg'
import type { Clock } from '#base/clock.ts'
import type { TenantId } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import {
  type Database,
  type Freshness,
  type Reader,
  type ReadScope,
  StaleDecision,
  sameFreshness,
  tenantNotFound,
  type Writer,
  type WriteScope,
} from '../database.ts'
import type { Schema } from '../schema.ts'
import { isBefore } from './known-counters.ts'
import { kyselyConnection, type Lease } from './lease.ts'
import { prepareSchema } from './migrate-postgres.ts'
import { PostgresPool } from './postgres-pool.ts'
import { StatementReader, TransactionReader, TransactionWriter } from './postgres-reader.ts'
import { openPostgresSession, type PostgresSession } from './session.ts'
import { checkServer, databaseIsStandby } from './start-checks.ts'
import { valueTypes } from './values.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; pg's parameters such as `sslmode` may follow. */
  readonly connectionString: string
  readonly clock: Clock
  readonly logger: Logger
  /** Connections of this process besides its sessions; 8 if left out. */
  readonly maximumConnections?: number
  /** 10,000 if left out. */
  readonly statementTimeoutMilliseconds?: number
  /** Start even if the server may lose acknowledged writes; only for `--dev`. */
  readonly allowUnsafeDurability?: boolean
}

/** A database on PostgreSQL, which can also hold sessions. */
export interface PostgresDatabase extends Database {
  readonly engine: 'postgres'
  /** A connection of its own, for advisory locks and the transactions made under them. */
  openSession(): Promise<PostgresSession>
}

/** "system" in ASCII; any number that only system writes use. */
const systemLock = 0x73797374656d

/**
 * Connects to PostgreSQL, giving an empty database its schema. Throws `ServiceError` with a sentence for the operator:
 * `UnsafeDurability`, `TransactionPooler`, `DatabaseIsStandby`, `SchemaTooNew`, `SchemaTooOld`, `ForeignDatabase`,
 * `StorageUnavailable`.
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresDatabase> {
  const config = clientConfig(options.connectionString)
  await checkServer(config, { logger: options.logger, allowUnsafeDurability: options.allowUnsafeDurability ?? false })
  await prepareSchema(config, options)
  const statementTimeoutMilliseconds = options.statementTimeoutMilliseconds ?? 10_000
  const pool = new PostgresPool({
    config,
    clock: options.clock,
    logger: options.logger,
    maximumConnections: options.maximumConnections ?? 8,
    statementTimeoutMilliseconds,
  })
  const database = new PooledPostgresDatabase(pool, { ...config, query_timeout: 2 * statementTimeoutMilliseconds })
  try {
    await database.ping()
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/** How this program connects to PostgreSQL; for `openPostgres` and `migratePostgres`. */
export function clientConfig(connectionString: string): pg.ClientConfig {
  return {
    connectionString,
    application_name: 'strongroom',
    types: valueTypes,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 5_000,
  }
}

class PooledPostgresDatabase implements PostgresDatabase {
  readonly engine = 'postgres'
  readonly #pool: PostgresPool
  readonly #sessionConfig: pg.ClientConfig
  readonly #systemReader: Kysely<Schema>

  constructor(pool: PostgresPool, sessionConfig: pg.ClientConfig) {
    this.#pool = pool
    this.#sessionConfig = sessionConfig
    this.#systemReader = pool.createKysely(kyselyConnection((text, values) => pool.query(text, values)))
  }

  knownFreshness(tenant: TenantId): Freshness | undefined {
    return this.#pool.known.get(tenant)
  }

  async currentFreshness(tenant: TenantId): Promise<Freshness> {
    const { rows } = await this.#pool.query<Counters>('SELECT generation, epoch FROM tenant WHERE id = $1', [tenant])
    const current = rows[0]
    if (current === undefined) throw tenantNotFound()
    this.#pool.known.observe(tenant, current)
    return current
  }

  async read<T>(scope: ReadScope, work: (reader: Reader) => Promise<T>): Promise<T> {
    if (scope.consistency === 'snapshot') return this.#readSnapshot(scope, work)
    this.#refuseStale(scope)
    const freshness = scope.expected ?? (await this.currentFreshness(scope.tenant))
    const reader = new StatementReader(this.#pool, scope.tenant, freshness)
    try {
      return await work(reader)
    } finally {
      await reader.end()
    }
  }

  async write<T>(scope: WriteScope, work: (writer: Writer) => Promise<T>): Promise<T> {
    this.#refuseStale(scope)
    let after: Freshness | undefined
    const result = await this.#transaction(async (lease) => {
      const opened = await openWrite(lease, scope)
      if (scope.expected !== undefined && !sameFreshness(opened.freshness, scope.expected)) {
        throw this.#stale(scope.tenant, opened.freshness)
      }
      const { freshness, now } = opened
      const locked = scope.moves !== undefined || scope.hold === true
      const inside = locked || scope.expected !== undefined ? opened.inside : undefined
      const done = await work(
        new TransactionWriter(this.#pool, lease, { tenant: scope.tenant, freshness, inside, now }),
      )
      // Counters that nothing locked may have moved since the first statement; what was read then is stale.
      if (!locked && inside !== undefined) await this.#refuseMoved(lease, scope.tenant, inside)
      after = opened.inside
      return done
    })
    if (after !== undefined) this.#pool.known.observe(scope.tenant, after)
    return result
  }

  async system<T>(access: 'read' | 'write', work: (kysely: Kysely<Schema>) => Promise<T>): Promise<T> {
    if (access === 'read') return work(this.#systemReader)
    return this.#transaction(async (lease) => {
      await lease.query('SELECT pg_advisory_xact_lock($1)', [systemLock])
      return work(this.#pool.createKysely(kyselyConnection((text, values) => lease.query(text, values))))
    })
  }

  async ping(): Promise<void> {
    const { rows } = await this.#pool.query<{ standby: number }>('SELECT pg_is_in_recovery() AS standby', [])
    if (rows[0]?.standby !== 0) throw databaseIsStandby()
  }

  async openSession(): Promise<PostgresSession> {
    return openPostgresSession(this.#sessionConfig)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  /** Counters only grow: a decision older than what this process has seen is stale without asking. */
  #refuseStale(scope: { readonly tenant: TenantId; readonly expected?: Freshness }): void {
    const known = this.#pool.known.get(scope.tenant)
    if (known !== undefined && scope.expected !== undefined && isBefore(scope.expected, known)) {
      throw new StaleDecision(known)
    }
  }

  async #refuseMoved(lease: Lease, tenant: TenantId, opened: Freshness): Promise<void> {
    const { rows } = await lease.query<Counters>('SELECT generation, epoch FROM tenant WHERE id = $1', [tenant])
    const current = rows[0]
    if (current === undefined) throw tenantNotFound()
    if (!sameFreshness(current, opened)) throw this.#stale(tenant, current)
  }

  /** Counters that another server process has committed: who decides again must not begin with older ones. */
  #stale(tenant: TenantId, committed: Freshness): StaleDecision {
    this.#pool.known.observe(tenant, committed)
    return new StaleDecision(committed)
  }

  async #readSnapshot<T>(scope: ReadScope, work: (reader: Reader) => Promise<T>): Promise<T> {
    const { lease, freshness } = await this.#pool.openSnapshot(scope.tenant)
    try {
      if (scope.expected !== undefined && !sameFreshness(freshness, scope.expected)) throw new StaleDecision(freshness)
      const at = { tenant: scope.tenant, freshness, inside: freshness, now: this.#pool.clock.now() }
      return await work(new TransactionReader(this.#pool, lease, at))
    } finally {
      await lease.rollback()
      lease.release()
    }
  }

  async #transaction<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = await this.#pool.take()
    try {
      await lease.query('BEGIN')
      const result = await work(lease)
      await lease.commit()
      return result
    } catch (error) {
      await lease.rollback()
      throw error
    } finally {
      lease.release()
    }
  }
}

interface Counters {
  readonly generation: number
  readonly epoch: number
}

/** The first statement of a write: the counters, moved or held if asked, and the database's time once it has them. */
async function openWrite(
  lease: Lease,
  scope: WriteScope,
): Promise<{ freshness: Freshness; inside: Freshness; now: Date }> {
  const columns = 'generation, epoch, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS milliseconds'
  const generations = scope.moves === 'generation' || scope.moves === 'both' ? 1 : 0
  const epochs = scope.moves === 'epoch' || scope.moves === 'both' ? 1 : 0
  // NO KEY: rows that refer to the tenant may still be written by others meanwhile.
  const lock = scope.hold === true ? ' FOR NO KEY UPDATE' : ''
  const { rows } =
    scope.moves === undefined
      ? await lease.query<Opened>(`SELECT ${columns} FROM tenant WHERE id = $1${lock}`, [scope.tenant])
      : await lease.query<Opened>(
          `UPDATE tenant SET generation = generation + $2, epoch = epoch + $3 WHERE id = $1 RETURNING ${columns}`,
          [scope.tenant, generations, epochs],
        )
  const row = rows[0]
  if (row === undefined) throw tenantNotFound()
  return {
    inside: { generation: row.generation, epoch: row.epoch },
    freshness: { generation: row.generation - generations, epoch: row.epoch - epochs },
    now: new Date(row.milliseconds),
  }
}

interface Opened extends Counters {
  readonly milliseconds: number
}
