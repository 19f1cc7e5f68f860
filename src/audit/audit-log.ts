/**
 * audit: AuditEvent records in an append-only Merkle log with signed checkpoints, and its verification.
 * Never holds a value, a token or a key, and never acknowledges a record that is not durable.
 */
import type { Guid } from '#base/ids.ts'

/**
 * A record before it has a place in the log: `body` is its JSON text without the closing of the `strongroom` object, ending
 * after a complete member; the log appends `,"lane":<n>,"sequence":<n>}}`.
 */
export interface PendingRecord {
  readonly id: Guid
  readonly body: string
}

const madeHere = Symbol('receipt')

/** Proof that a record is durable. Only a log makes one; a response cannot be rendered without one. */
export class AuditReceipt {
  readonly lane: number
  readonly sequence: number

  constructor(key: typeof madeHere, lane: number, sequence: number) {
    if (key !== madeHere) throw new TypeError('Only an audit log makes receipts.')
    this.lane = lane
    this.sequence = sequence
  }
}

/** For the logs of this folder alone. */
export function makeReceipt(lane: number, sequence: number): AuditReceipt {
  return new AuditReceipt(madeHere, lane, sequence)
}

export type AuditHealth = { readonly state: 'writable' } | { readonly state: 'stopped'; readonly reason: string }

/** One lane of the log. */
export interface AuditLog {
  readonly lane: number
  /**
   * Appends a record and resolves when it is durable together with a signed checkpoint. Throws `ServiceError`
   * `unavailable` / `AuditUnavailable` when it cannot be recorded; then nothing may leave.
   */
  append(record: PendingRecord): Promise<AuditReceipt>
  /**
   * Appends a record that a committed write has already put into the outbox of this lane, and settles its outbox row.
   * Same promise as `append`; a record already in the log gives the receipt of its first place.
   */
  settle(record: PendingRecord): Promise<AuditReceipt>
  health(): AuditHealth
  /** The number of durable records of the lane, where readers could see some that are not: on files. */
  durableSize?(): number
  /** Writes what is waiting and closes. */
  close(): Promise<void>
}
