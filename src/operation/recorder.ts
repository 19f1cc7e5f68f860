import type { PendingRecord } from '#audit/audit-log.ts'
import type { Caller } from '#authentication/caller.ts'
import type { Decision } from '#authorization/decision.ts'
import type { AuditView, OperationRequest, Place, Refusal, RequestFacts } from './operation.ts'

/** Everything one record says of one call. */
export interface RecordedCall {
  readonly surface: string
  readonly operationName: string
  readonly operationId: string
  readonly place: Place
  readonly request: OperationRequest
  readonly caller: Caller | undefined
  /** Undefined for open operations. */
  readonly decision: Decision | undefined
  readonly view: AuditView
  readonly status: number
  /** The error's message; undefined on success. */
  readonly description: string | undefined
  readonly now: Date
  readonly durationMilliseconds: number
}

/** What the gate needs of the audit folder's record making; kept as one small joint so the gate knows no wire format. */
export interface Recorder {
  record(call: RecordedCall): PendingRecord
  /** A well-signed token that was refused: recorded singly. */
  refusedToken(
    refusal: Refusal,
    seen: { readonly surface: string; readonly place: Place; readonly facts: RequestFacts; readonly now: Date },
  ): PendingRecord
  /** Counts any other refusal; the counts are written in aggregate. */
  countRefusal(reason: string, source: string): void
}
