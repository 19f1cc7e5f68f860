import type { DatabaseConnection, Kysely } from 'kysely'
import type { Clock } from '#base/clock.ts'
import type { TenantId } from '#base/ids.ts'
import type { Freshness, Reader, SqlValue, Statement, Writer } from '../database.ts'
import type { Schema } from '../schema.ts'
import type { KeptRows } from './kept-rows.ts'
import { kyselyConnection, type SqliteConnection } from './sqlite-connection.ts'

/** What readers of one database share. */
export interface ReaderParts {
  readonly clock: Clock
  readonly createKysely: (connection: DatabaseConnection) => Kysely<Schema>
  /** Results kept since the last commit; only where every statement sees the newest committed state. */
  readonly kept?: KeptRows
  /** Throws `StaleDecision` when the tenant's counters are no longer `freshness`. Called after every statement. */
  check(tenant: TenantId, freshness: Freshness): void
}

/** Reads on one connection. Made for every request: it holds no more than it must, and makes Kysely when asked. */
export class SqliteReader implements Reader {
  readonly tenant: TenantId
  readonly freshness: Freshness
  readonly #parts: ReaderParts
  readonly #connection: SqliteConnection
  #now: Date | undefined
  #kysely: Kysely<Schema> | undefined
  #ended = false

  constructor(parts: ReaderParts, connection: SqliteConnection, at: { tenant: TenantId; freshness: Freshness }) {
    this.#parts = parts
    this.#connection = connection
    this.tenant = at.tenant
    this.freshness = at.freshness
  }

  get now(): Date {
    this.#now ??= this.#parts.clock.now()
    return this.#now
  }

  rows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): readonly Row[] {
    this.#refuseEnded()
    const rows = this.#parts.kept?.find<Row>(statement.name, parameters) ?? this.#readRows(statement, parameters)
    this.#parts.check(this.tenant, this.freshness)
    return rows
  }

  #readRows<Row>(statement: Statement<Row>, parameters: readonly SqlValue[]): readonly Row[] {
    const rows = this.#connection.rows(statement, parameters)
    if (statement.kept === true) this.#parts.kept?.keep(statement.name, parameters, rows)
    return rows
  }

  get kysely(): Kysely<Schema> {
    this.#refuseEnded()
    this.#kysely ??= this.#parts.createKysely(
      kyselyConnection((sql, parameters) => {
        this.#refuseEnded()
        const result = this.#connection.query<never>(sql, parameters)
        this.#parts.check(this.tenant, this.freshness)
        return result
      }),
    )
    return this.#kysely
  }

  /** From here on every use throws: the connection may already be in another's transaction. */
  end(): void {
    this.#ended = true
  }

  #refuseEnded(): void {
    if (this.#ended) throw new TypeError('The transaction has ended.')
  }
}

/** Reads and writes on the connection of the one open write transaction. */
export class SqliteWriter extends SqliteReader implements Writer {
  readonly access = 'write'
}
