/** An audit log for tests of the gate: in memory, and failing or late when told. `gate.test.ts` holds it to the logs' contract. */
import { type AuditLog, type AuditReceipt, makeReceipt, type PendingRecord } from '#audit/audit-log.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'

const sentence = 'The audit log cannot record this call now; try again later.'

/** Holds records back, or refuses them, when told. */
export class ScriptedLog implements AuditLog {
  readonly lane = 3
  readonly records: PendingRecord[] = []
  readonly #receipts = new Map<Guid, AuditReceipt>()
  #refused: 'none' | 'settle' | 'all' = 'none'
  #stopped = false
  #held: (() => void)[] | undefined
  #arrived: (() => void) | undefined

  append(record: PendingRecord): Promise<AuditReceipt> {
    return this.#refused === 'all' ? refuseRecord() : this.#take(record)
  }

  settle(record: PendingRecord): Promise<AuditReceipt> {
    return this.#refused === 'none' ? this.#take(record) : refuseRecord()
  }

  health(): ReturnType<AuditLog['health']> {
    return this.#stopped ? { state: 'stopped', reason: 'told to' } : { state: 'writable' }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** From now on records are refused: all of them, or those of committed writes alone. */
  refuse(which: 'none' | 'settle' | 'all'): void {
    this.#refused = which
  }

  /** From now on every record is refused, and `health` says so. */
  stop(): void {
    this.#refused = 'all'
    this.#stopped = true
  }

  /** From now on no record becomes durable before `release`. Resolves when the first one waits. */
  hold(): Promise<void> {
    this.#held = []
    return new Promise((resolve) => {
      this.#arrived = resolve
    })
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const go of held) go()
  }

  async #take(record: PendingRecord): Promise<AuditReceipt> {
    const held = this.#held
    if (held !== undefined) {
      this.#arrived?.()
      await new Promise<void>((resolve) => held.push(resolve))
    }
    const known = this.#receipts.get(record.id)
    if (known !== undefined) return known
    const receipt = makeReceipt(this.lane, this.records.length)
    this.records.push(record)
    this.#receipts.set(record.id, receipt)
    return receipt
  }
}

function refuseRecord(): Promise<never> {
  return Promise.reject(new ServiceError('unavailable', 'AuditUnavailable', sentence, { retryAfterSeconds: 1 }))
}

/** The body that the vault's dialect gives a call that cannot be recorded. */
export const auditUnavailableBody = { error: { code: 'AuditUnavailable', message: sentence } }

/** A record's own members, as far as the gate decides them. */
export interface ReadRecord {
  readonly status: number
  readonly description: string | undefined
  readonly requestUri: string
  readonly resourceId: string
  readonly operationName: string
  /** What Azure's records have under this name. */
  readonly properties: Readonly<Record<string, unknown>>
  readonly callerAddress: string
  /** The `strongroom` member. */
  readonly own: Readonly<Record<string, unknown>>
}

export function readRecord({ body }: PendingRecord): ReadRecord {
  const record = JSON.parse(`${body}}}`)
  return {
    status: record.properties.httpStatusCode,
    description: record.resultDescription,
    requestUri: record.properties.requestUri,
    resourceId: record.resourceId,
    operationName: record.operationName,
    properties: record.properties,
    callerAddress: record.callerIpAddress,
    own: record.strongroom,
  }
}
