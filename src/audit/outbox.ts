import type { Logger } from '#base/log.ts'
import type { AuditReceipt, PendingRecord } from './audit-log.ts'
import type { Timers } from './timers.ts'

/** The outbox rows of committed writes, as a log sees them. */
export interface OutboxStore {
  /** Rows left over, oldest first; those of one lane, or all. At most `limit`. */
  pending(lane: number | undefined, limit: number): Promise<readonly PendingRecord[]>
  /** Deletes rows whose records are durable in the log and, in the same transaction, moves the lane's settled index. */
  deleteSettled(lane: number, recordIds: readonly string[], settledIndex: number): Promise<void>
  /** The index below which every record that came through the outbox has lost its row; 0 at first. */
  settledIndex(lane: number): Promise<number>
}

export interface OutboxSettlerOptions {
  readonly store: OutboxStore
  readonly lane: number
  readonly append: (record: PendingRecord) => Promise<AuditReceipt>
  /** The number of durable records in the lane. */
  readonly size: () => number
  readonly timers: Timers
  readonly logger: Logger
}

const deleteAfterMilliseconds = 1000
const deleteAtOnceCount = 500
const sweepCount = 500
/** How long a settled record is remembered, so that a late second attempt gets its first place. */
const rememberMilliseconds = 60_000
/** The settled index is moved without a row to delete when it lags this many records. */
const maximumLag = 10_000

/** Appends outbox records of the file log exactly once, and deletes their rows lazily, in batches. */
export class OutboxSettler {
  readonly #options: OutboxSettlerOptions
  /** Records under way and lately settled. Two generations, changed each minute. */
  #places = new Map<string, Promise<AuditReceipt>>()
  #olderPlaces = new Map<string, Promise<AuditReceipt>>()
  /** In the log, their rows not yet deleted. */
  #settled = new Set<string>()
  #deletingIds: ReadonlySet<string> | undefined
  #underWay = 0
  /** Every outbox record below this index is in `#settled` or has lost its row: receipts come in the log's order. */
  #reached: number
  #settledIndex: number
  #deleting: Promise<void> = Promise.resolve()
  #cancelDelete: (() => void) | undefined
  #cancelAging: () => void
  #closed = false

  constructor(options: OutboxSettlerOptions, settledIndex: number) {
    this.#options = options
    this.#settledIndex = settledIndex
    this.#reached = settledIndex
    this.#cancelAging = options.timers.after(rememberMilliseconds, () => this.#age())
  }

  /** Appends the record unless it is in the log already, and lets its row be deleted. */
  settle(record: PendingRecord): Promise<AuditReceipt> {
    const known = this.#places.get(record.id) ?? this.#olderPlaces.get(record.id)
    if (known !== undefined) return known
    this.#underWay++
    const place = this.#options.append(record).then(
      (receipt) => {
        this.#underWay--
        this.#note(record.id, receipt)
        return receipt
      },
      (error: unknown) => {
        this.#underWay--
        this.#places.delete(record.id)
        throw error
      },
    )
    this.#places.set(record.id, place)
    return place
  }

  /** Notes that a record found in the log at start is there. */
  recall(recordId: string, receipt: AuditReceipt): void {
    this.#places.set(recordId, Promise.resolve(receipt))
    this.#note(recordId, receipt)
  }

  #note(recordId: string, receipt: AuditReceipt): void {
    this.#settled.add(recordId)
    this.#reached = Math.max(this.#reached, receipt.sequence + 1)
    if (this.#settled.size === deleteAtOnceCount) void this.#deleteNow()
    else if (!this.#closed)
      this.#cancelDelete ??= this.#options.timers.after(deleteAfterMilliseconds, () => void this.#deleteNow())
  }

  /** Appends rows that a crash or a full disk has left over. */
  async sweep(): Promise<void> {
    await this.#deleteNow()
    for (;;) {
      const rows = await this.#options.store.pending(undefined, sweepCount)
      const fresh = rows.filter((row) => !this.#isPlaced(row.id))
      await Promise.all(fresh.map((row) => this.settle(row)))
      if (rows.length < sweepCount || fresh.length === 0) return
      await this.#deleteNow()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelAging()
    await this.#deleteNow()
  }

  #isPlaced(recordId: string): boolean {
    return (
      this.#places.has(recordId) ||
      this.#olderPlaces.has(recordId) ||
      this.#settled.has(recordId) ||
      this.#deletingIds?.has(recordId) === true
    )
  }

  #age(): void {
    this.#olderPlaces = this.#places
    this.#places = new Map()
    this.#cancelAging = this.#options.timers.after(rememberMilliseconds, () => this.#age())
    this.sweep().catch(() => {
      // The log or the database is stopped and says so itself; rows stay until the next sweep.
    })
  }

  #deleteNow(): Promise<void> {
    this.#cancelDelete?.()
    this.#cancelDelete = undefined
    this.#deleting = this.#deleting.then(() => this.#delete())
    return this.#deleting
  }

  async #delete(): Promise<void> {
    const ids = this.#settled
    const index = this.#underWay === 0 ? this.#options.size() : this.#reached
    if (ids.size === 0 && index - this.#settledIndex <= maximumLag) return
    this.#settled = new Set()
    this.#deletingIds = ids
    try {
      await this.#options.store.deleteSettled(this.#options.lane, [...ids], index)
      this.#settledIndex = index
    } catch {
      for (const id of ids) this.#settled.add(id)
      this.#options.logger.warn('Settled audit outbox rows could not be deleted; they are kept for the next attempt.')
    } finally {
      this.#deletingIds = undefined
    }
  }
}
