/**
 * storage: one schema on two engines behind one interface. SQL of an aggregate lives in that aggregate's own store;
 * this folder holds engines, transactions and migrations, and never a rule of the domain.
 */
import type { Kysely } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Schema } from './schema.ts'

/**
 * A tenant's two counters. `generation` moves with every write that can change a decision (assignments, roles, groups,
 * principals, vault existence); `epoch` moves when tokens are revoked before they expire.
 */
export interface Freshness {
  readonly generation: number
  readonly epoch: number
}

export type SqlValue = string | number | bigint | Buffer | null

/**
 * A named, prepared statement for a hot path. `sql` uses `$1`, `$2`, … on both engines; `name` is unique in the program.
 * Integers come back as numbers, blobs as Buffers, on both engines.
 */
export interface Statement<Row> {
  readonly name: string
  readonly sql: string
  /**
   * A small result that is asked for again and again, without Buffers: an engine that sees every write may keep it until the
   * next commit. It is as fresh as one just read.
   */
  readonly kept?: true
  /** Never set: it only carries the row type. */
  readonly row?: Row
}

const statementNames = new Set<string>()

/**
 * Declares a hot statement, once, at module level. Throws when two statements of the program share a name: engines
 * prepare a statement once per connection under its name.
 */
export function defineStatement<Row>(name: string, sql: string, options?: { readonly kept: true }): Statement<Row> {
  // PostgreSQL cuts names at 63 bytes, so two longer ones could become the same.
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) throw new TypeError(`The statement name '${name}' is not valid.`)
  if (statementNames.has(name)) throw new TypeError(`The statement name '${name}' is taken.`)
  statementNames.add(name)
  return options === undefined ? { name, sql } : { name, sql, ...options }
}

/** What a handler reads through. Every statement is checked against the freshness the decision was made at. */
export interface Reader {
  readonly tenant: TenantId
  /** The freshness this reader was opened at. */
  readonly freshness: Freshness
  /** Time for stored values: the database's on PostgreSQL inside a write, the injected clock's otherwise. */
  readonly now: Date
  /**
   * Runs a prepared statement. Throws `StaleDecision` when the tenant's counters are no longer `freshness`, so that no
   * row is ever opened on a stale decision. Answers at once where nothing has to be waited for.
   */
  rows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): readonly Row[] | Promise<readonly Row[]>
  /** The query builder for everything that is not hot; checked like `rows`. */
  readonly kysely: Kysely<Schema>
}

/** A write transaction. It commits when the work resolves and rolls back when it throws. */
export interface Writer extends Reader {
  readonly access: 'write'
}

export interface ReadScope {
  readonly tenant: TenantId
  /** The freshness the caller's decision was made at; left out, the current one is loaded first. */
  readonly expected?: Freshness
  /**
   * `statement` (default): each statement sees the newest committed state, checked. `snapshot`: all statements see one
   * state, its freshness loaded first; nothing can go stale inside it.
   */
  readonly consistency?: 'statement' | 'snapshot'
}

export interface WriteScope {
  readonly tenant: TenantId
  readonly expected?: Freshness
  /** Which counters this write moves. The move is the transaction's first statement, so such writes are serialised. */
  readonly moves?: 'generation' | 'epoch' | 'both'
  /** Holds the tenant's counters still until commit, so a decision made inside needs no further check. */
  readonly hold?: boolean
}

/** One engine. All methods are safe to call concurrently. */
export interface Database {
  readonly engine: 'sqlite' | 'postgres'
  /** The counters as this process last saw them; on SQLite exact, on PostgreSQL possibly behind. */
  knownFreshness(tenant: TenantId): Freshness | undefined
  /** The counters now: one statement on PostgreSQL, memory on SQLite. Throws `unavailable` without a database. */
  currentFreshness(tenant: TenantId): Promise<Freshness>
  read<T>(scope: ReadScope, work: (reader: Reader) => Promise<T>): Promise<T>
  /**
   * Runs `work` in one transaction. After COMMIT the tenant's counters in memory have moved in the same turn. Throws
   * `StaleDecision` when `expected` no longer holds, `ServiceError` `unavailable` when the database does not answer, or
   * when a connection lost during COMMIT leaves the outcome unknown. `work` must not open another write: on SQLite
   * writes take turns, and it would wait for itself.
   */
  write<T>(scope: WriteScope, work: (writer: Writer) => Promise<T>): Promise<T>
  /**
   * For rows that belong to no tenant (installation settings, domain keys, audit lanes) and for start-up. A `write` is
   * one transaction, and such writes take turns across all server processes.
   */
  system<T>(access: 'read' | 'write', work: (kysely: Kysely<Schema>) => Promise<T>): Promise<T>
  /** Resolves when the engine can answer; for readiness. Throws `unavailable` otherwise. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Whether both counters are the same. */
export function sameFreshness(one: Freshness, other: Freshness): boolean {
  return one === other || (one.generation === other.generation && one.epoch === other.epoch)
}

/** The counters after a write that `moves` them. */
export function movedFreshness(before: Freshness, moves: WriteScope['moves']): Freshness {
  return {
    generation: before.generation + (moves === 'generation' || moves === 'both' ? 1 : 0),
    epoch: before.epoch + (moves === 'epoch' || moves === 'both' ? 1 : 0),
  }
}

/** What every engine throws for a tenant that has no row: `not-found` / `TenantNotFound`. */
export function tenantNotFound(): ServiceError {
  return new ServiceError('not-found', 'TenantNotFound', 'The tenant does not exist.')
}

/** What every engine throws when it cannot answer now: `unavailable` / `StorageUnavailable`. */
export function storageUnavailable(message: string, cause?: unknown): ServiceError {
  return new ServiceError('unavailable', 'StorageUnavailable', message, { retryAfterSeconds: 5, cause })
}

/** A row with the same primary or unique key is there already. The transaction it happened in can only roll back. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation'

  constructor(cause: unknown) {
    super('A row with the same key exists.', { cause })
  }
}

/** A decision was made at counters that have moved since; only `invoke` catches it, and decides again. */
export class StaleDecision extends Error {
  override readonly name = 'StaleDecision'
  readonly current: Freshness

  constructor(current: Freshness) {
    super('The authorization state moved while the request was under way.')
    this.current = current
  }
}
