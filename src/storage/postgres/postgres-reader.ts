import type { Kysely } from 'kysely'
import type { TenantId } from '#base/ids.ts'
import {
  type Freshness,
  type Reader,
  type SqlValue,
  StaleDecision,
  type Statement,
  sameFreshness,
  tenantNotFound,
  type Writer,
} from '../database.ts'
import type { Schema } from '../schema.ts'
import { parseGate, parseRows } from './gate.ts'
import { kyselyConnection, type Lease } from './lease.ts'
import type { PostgresPool } from './postgres-pool.ts'

/** Reads statement by statement through the pool; from the first use of `kysely` on, one state through one connection. */
export class StatementReader implements Reader {
  readonly tenant: TenantId
  readonly freshness: Freshness
  readonly #pool: PostgresPool
  #now: Date | undefined
  #kysely: Kysely<Schema> | undefined
  #lease: Promise<Lease> | undefined
  #ended = false

  constructor(pool: PostgresPool, tenant: TenantId, freshness: Freshness) {
    this.#pool = pool
    this.tenant = tenant
    this.freshness = freshness
  }

  get now(): Date {
    this.#now ??= this.#pool.clock.now()
    return this.#now
  }

  async rows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    this.#refuseEnded()
    // A reader that waits for a second connection while it holds one could wait for itself.
    const result = await this.#pool.gated(statement, { tenant: this.tenant, parameters, lease: await this.#lease })
    const seen = parseGate(result.rows)
    if (seen === undefined) throw tenantNotFound()
    this.#pool.known.observe(this.tenant, seen)
    if (!sameFreshness(seen, this.freshness)) throw new StaleDecision(seen)
    return parseRows<Row>(result.rows, result.fields)
  }

  get kysely(): Kysely<Schema> {
    this.#kysely ??= this.#pool.createKysely(
      kyselyConnection(async (text, values) => {
        this.#refuseEnded()
        this.#lease ??= this.#openSnapshot()
        return (await this.#lease).query(text, values)
      }),
    )
    return this.#kysely
  }

  /** Gives the connection back, if one was taken; from here on every use throws. */
  async end(): Promise<void> {
    this.#ended = true
    const lease = await this.#lease?.catch(() => undefined)
    if (lease === undefined) return
    await lease.rollback()
    lease.release()
  }

  #refuseEnded(): void {
    if (this.#ended) throw new TypeError('The transaction has ended.')
  }

  async #openSnapshot(): Promise<Lease> {
    const opened = await this.#pool.openSnapshot(this.tenant)
    if (sameFreshness(opened.freshness, this.freshness)) return opened.lease
    await opened.lease.rollback()
    opened.lease.release()
    throw new StaleDecision(opened.freshness)
  }
}

/** Reads through the one connection of a transaction, whose first statement has already settled the freshness. */
export class TransactionReader implements Reader {
  readonly tenant: TenantId
  readonly freshness: Freshness
  readonly now: Date
  readonly #pool: PostgresPool
  readonly #lease: Lease
  /**
   * What the counters must read inside this transaction: they differ from `freshness` in a write that moved them. Left out
   * where no decision depends on them.
   */
  readonly #inside: Freshness | undefined
  #kysely: Kysely<Schema> | undefined

  constructor(
    pool: PostgresPool,
    lease: Lease,
    at: { tenant: TenantId; freshness: Freshness; inside: Freshness | undefined; now: Date },
  ) {
    this.#pool = pool
    this.#lease = lease
    this.tenant = at.tenant
    this.freshness = at.freshness
    this.#inside = at.inside
    this.now = at.now
  }

  async rows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    const result = await this.#pool.gated(statement, { tenant: this.tenant, parameters, lease: this.#lease })
    const seen = parseGate(result.rows)
    if (seen === undefined) throw tenantNotFound()
    if (this.#inside !== undefined && !sameFreshness(seen, this.#inside)) throw new StaleDecision(seen)
    return parseRows<Row>(result.rows, result.fields)
  }

  get kysely(): Kysely<Schema> {
    this.#kysely ??= this.#pool.createKysely(kyselyConnection((text, values) => this.#lease.query(text, values)))
    return this.#kysely
  }
}

export class TransactionWriter extends TransactionReader implements Writer {
  readonly access = 'write'
}
