import { ServiceError } from '#base/errors.ts'
import type { AuditHealth, AuditReceipt, PendingRecord } from './audit-log.ts'
import { maximumBodyBytes } from './record.ts'

/** Makes a batch durable and gives one receipt per record, in order. When it throws, none of them is acknowledged. */
export type CommitBatch = (batch: readonly QueuedRecord[]) => Promise<readonly AuditReceipt[]>

export interface QueuedRecord {
  readonly record: PendingRecord
  /** Whether a committed write has put it into the outbox. */
  readonly fromOutbox: boolean
}

interface Waiting extends QueuedRecord {
  readonly resolve: (receipt: AuditReceipt) => void
  readonly reject: (error: unknown) => void
}

const maximumWaiting = 65_536
/** A group holds at least one record and otherwise at most this many UTF-16 units of bodies. */
const maximumGroupUnits = 256 * 1024

/** A group of this many records shares one write and one signature so widely that waiting for more gains nothing. */
const enoughForAGroup = 48
const maximumGatherTurns = 8

/** The refusal of a record: nothing may leave. */
export function auditUnavailable(cause?: unknown): ServiceError {
  return new ServiceError(
    'unavailable',
    'AuditUnavailable',
    'The audit log cannot record this call now; try again later.',
    {
      retryAfterSeconds: 1,
      cause,
    },
  )
}

/**
 * Group commit: records that arrive while a batch is being made durable form the next one; one batch is under way at a
 * time. While stopped, every record is refused at once.
 */
export class GroupQueue {
  readonly #commit: CommitBatch
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  /** Ends the gathering that is under way. */
  #gathered: (() => void) | undefined
  #stopped: string | undefined

  constructor(commit: CommitBatch) {
    this.#commit = commit
  }

  append(record: PendingRecord, fromOutbox: boolean): Promise<AuditReceipt> {
    if (this.#stopped !== undefined || this.#waiting.length >= maximumWaiting) return Promise.reject(auditUnavailable())
    const { body } = record
    if (body.length * 3 > maximumBodyBytes && Buffer.byteLength(body) > maximumBodyBytes) {
      return Promise.reject(
        new ServiceError('internal', 'AuditRecordTooLong', 'An audit record is longer than a log entry may be.'),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, fromOutbox, resolve, reject })
      if (this.#gathered !== undefined && this.#waiting.length >= enoughForAGroup) {
        this.#gathered()
        this.#gathered = undefined
      }
      this.#running ??= this.#run()
    })
  }

  health(): AuditHealth {
    return this.#stopped === undefined ? { state: 'writable' } : { state: 'stopped', reason: this.#stopped }
  }

  /** Refuses what is waiting and what comes, until `resume`. A batch under way ends by itself. */
  stop(reason: string): void {
    this.#stopped = reason
    const refused = this.#waiting
    this.#waiting = []
    for (const waiting of refused) waiting.reject(auditUnavailable())
  }

  resume(): void {
    this.#stopped = undefined
  }

  /** Resolves when nothing is waiting or under way. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    for (let groups = 0; ; groups++) {
      await this.#gather(groups > 0)
      const batch = this.#take()
      if (batch.length === 0) break
      try {
        const receipts = await this.#commit(batch)
        batch.forEach((waiting, at) => {
          const receipt = receipts[at]
          if (receipt === undefined) waiting.reject(auditUnavailable())
          else waiting.resolve(receipt)
        })
      } catch (cause) {
        const refusal = cause instanceof ServiceError ? cause : auditUnavailable(cause)
        for (const waiting of batch) waiting.reject(refusal)
      }
    }
    this.#running = undefined
  }

  /**
   * Waits while each turn of the event loop brings further records, for a write costs the same for one as for many; until there
   * are enough, and then at once, so that the loop has the rest of its turn to do while the write is under way. The turn in which
   * a write ended is not waited for: what its answers bring comes with the next.
   */
  async #gather(followsWrite: boolean): Promise<void> {
    if (this.#waiting.length >= enoughForAGroup) return
    await new Promise<void>((resolve) => {
      this.#gathered = resolve
      let before = followsWrite ? -1 : this.#waiting.length
      let turns = 0
      const look = (): void => {
        if (this.#gathered !== resolve) return
        const { length } = this.#waiting
        if (length === before || turns === maximumGatherTurns) {
          this.#gathered = undefined
          resolve()
          return
        }
        before = length
        turns++
        setImmediate(look)
      }
      setImmediate(look)
    })
  }

  #take(): readonly Waiting[] {
    const all = this.#waiting
    let units = 0
    let count = 0
    for (const waiting of all) {
      units += waiting.record.body.length
      if (count > 0 && units > maximumGroupUnits) break
      count++
    }
    if (count === all.length) {
      this.#waiting = []
      return all
    }
    this.#waiting = all.slice(count)
    return all.slice(0, count)
  }
}
