import type { AuditLog, AuditReceipt, PendingRecord } from '#audit/audit-log.ts'
import type { RefusalTally } from '#audit/refusal-tally.ts'
import type { TokenRefusal } from '#authentication/caller.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError, statusOf } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { StaleDecision } from '#storage/database.ts'
import type {
  CountedReason,
  Denial,
  OperationRequest,
  OperationResponse,
  Place,
  Refusal,
  RequestFacts,
  Surface,
} from './operation.ts'
import type { Call, Progress } from './progress.ts'
import { recordCall, recordRefusedToken } from './record-call.ts'

const madeHere = Symbol('released')

/**
 * A finished answer that may leave: its audit record is durable, or it holds nothing that would need one. Only this file makes
 * it, and the edge renders nothing else for an operation.
 */
export class Released {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
  readonly receipt: AuditReceipt | undefined

  constructor(key: typeof madeHere, response: OperationResponse, receipt: AuditReceipt | undefined) {
    if (key !== madeHere) throw new TypeError('Only the gate releases answers.')
    this.status = response.status
    this.headers = response.headers ?? noHeaders
    this.body = response.body
    this.receipt = receipt
  }
}

const noHeaders: Readonly<Record<string, string>> = {}

export interface ReleaserDependencies {
  readonly audit: AuditLog
  readonly refusals: RefusalTally
  readonly clock: Clock
  readonly logger: Logger
}

/** What a record says of how a call ended. */
export interface Ending {
  readonly status: number
  /** The error's message; undefined on success. */
  readonly description: string | undefined
  readonly output: unknown
}

/** The code under which logs refuse: nothing may leave, and there is nothing to record it in. */
const auditUnavailable = 'AuditUnavailable'

/** Turns what became of a call into an answer, and lets it go only with its receipt. */
export class Releaser {
  readonly #its: ReleaserDependencies

  constructor(dependencies: ReleaserDependencies) {
    this.#its = dependencies
  }

  /** The record of a call; undefined for public and health operations. Its id is new each time. */
  record({ call, isParsed, input, decision, admission }: Progress, ending: Ending): PendingRecord | undefined {
    const { operation, request, surface, caller, trustedService } = call
    if (operation.audit === undefined) return undefined
    return recordCall({
      id: randomGuid(),
      surface: surface.name,
      operation,
      request,
      caller,
      decision,
      admission,
      trustedService,
      view: isParsed ? operation.audit.view(input, request, ending.output) : { requestUri: request.origin },
      status: ending.status,
      description: ending.description,
      time: this.#its.clock.now(),
      durationMilliseconds: this.#its.clock.monotonicMilliseconds() - request.facts.startedAtMilliseconds,
    })
  }

  /** Success. `committed` is the record that a write's transaction already holds. */
  done(
    progress: Progress,
    result: {
      readonly response: OperationResponse
      readonly output: unknown
      readonly committed: PendingRecord | undefined
    },
  ): Promise<Released> {
    const { audit } = this.#its
    const { response, output, committed } = result
    const release = (receipt: AuditReceipt | undefined): Released => new Released(madeHere, response, receipt)
    if (committed !== undefined) return audit.settle(committed).then(release)
    const record = this.record(progress, { status: response.status, description: undefined, output })
    return record === undefined ? Promise.resolve(release(undefined)) : audit.append(record).then(release)
  }

  /**
   * The answer to a call that could not be recorded, so that it is not begun: a write would be committed and not acknowledged,
   * and written again by a caller who tries again. Undefined while the log takes records, and for what needs none.
   */
  refuseUnrecordable({ surface, operation, request }: Call): Released | undefined {
    if (operation.audit === undefined || this.#its.audit.health().state === 'writable') return undefined
    return unrecorded(surface, request.facts)
  }

  async denied(progress: Progress, denial: Denial): Promise<Released> {
    const { surface, request } = progress.call
    const error = surface.dialect.deny(denial)
    return this.#failed(progress, error, surface.dialect.error(error, request.facts))
  }

  /** A token that was revoked while its call was under way. */
  revoked({ surface, request }: Call, token: TokenRefusal): Released {
    const refusal: Refusal = { reason: 'unauthenticated', token }
    const { facts, place } = request
    this.refused(refusal, { surface, facts, place })
    return new Released(madeHere, surface.dialect.refuse(refusal, describeRequest(request)), undefined)
  }

  /** Whatever was thrown. Never throws itself: without a record the answer is 503 and says nothing of the call. */
  async failure(progress: Progress, thrown: unknown): Promise<Released> {
    const { surface, request } = progress.call
    const error = this.#presentable(thrown, request.facts)
    const response = surface.dialect.error(error, request.facts)
    if (error.code === auditUnavailable) return new Released(madeHere, response, undefined)
    try {
      return await this.#failed(progress, error, response)
    } catch (cause) {
      const { requestId } = request.facts
      // A log that has stopped says so once; a line for each refused call could fill what is left of the disk.
      if (!isAuditUnavailable(cause)) {
        this.#its.logger.error('A failed call could not be recorded.', { requestId, cause: asError(cause) })
      }
      return unrecorded(surface, request.facts, cause)
    }
  }

  /** Notes an answer given before any operation ran: counted, or recorded singly for a well-signed token. */
  refused(
    refusal: Refusal,
    seen: { readonly surface: Surface; readonly facts: RequestFacts; readonly place: Place },
  ): void {
    const { refusals, audit, clock, logger } = this.#its
    const { surface, facts, place } = seen
    const status = statusOfRefusal(refusal)
    if (refusal.reason !== 'unauthenticated' || !refusal.token.signed) {
      const reason = refusal.reason === 'unauthenticated' ? `unauthenticated/${refusal.token.reason}` : refusal.reason
      refusals.count({ surface: surface.name, reason, source: facts.clientAddress, httpStatusCode: status })
      return
    }
    const record = recordRefusedToken({
      id: randomGuid(),
      surface: surface.name,
      place,
      facts,
      reason: refusal.token.reason,
      description: `The access token was refused: ${refusal.token.reason}.`,
      status,
      time: clock.now(),
      durationMilliseconds: clock.monotonicMilliseconds() - facts.startedAtMilliseconds,
    })
    audit.append(record).catch((cause: unknown) => {
      if (!isAuditUnavailable(cause)) logger.error('A refused token could not be recorded.', { cause: asError(cause) })
    })
  }

  async #failed(progress: Progress, error: ServiceError, response: OperationResponse): Promise<Released> {
    const reason = countedReasonOf(progress, error)
    if (reason !== undefined) {
      const { surface, request } = progress.call
      const source = request.facts.clientAddress
      this.#its.refusals.count({ surface: surface.name, reason, source, httpStatusCode: response.status })
      return new Released(madeHere, response, undefined)
    }
    const record = this.record(progress, { status: response.status, description: error.message, output: undefined })
    return new Released(madeHere, response, record === undefined ? undefined : await this.#its.audit.append(record))
  }

  #presentable(thrown: unknown, facts: RequestFacts): ServiceError {
    if (thrown instanceof ServiceError && thrown.kind !== 'internal') return thrown
    if (thrown instanceof StaleDecision) {
      const sentence = 'The authorization state kept moving. Try again.'
      return new ServiceError('unavailable', 'StateMoving', sentence, { retryAfterSeconds: 1, cause: thrown })
    }
    const { requestId } = facts
    const code = thrown instanceof ServiceError ? thrown.code : undefined
    this.#its.logger.error('A request failed.', { requestId, code, cause: asError(thrown) })
    return new ServiceError('internal', 'InternalServerError', `The request failed. Request id: ${requestId}.`, {
      cause: thrown,
    })
  }
}

/**
 * Why a failure is counted and not recorded singly: nobody known here asked, and the answer, made of the error alone, holds
 * nothing from storage. What fails on our side is always recorded.
 */
function countedReasonOf({ call, isParsed }: Progress, error: ServiceError): CountedReason | undefined {
  const { operation, request } = call
  if (operation.open !== 'credential-exchange' && operation.open !== 'workload-session') return undefined
  if (statusOf(error.kind) >= 500) return undefined
  return operation.audit.countedAs?.(error, request, isParsed)
}

function unrecorded(surface: Surface, facts: RequestFacts, cause?: unknown): Released {
  const sentence = 'The service cannot record this request at the moment.'
  const unavailable = new ServiceError('unavailable', auditUnavailable, sentence, { retryAfterSeconds: 1, cause })
  return new Released(madeHere, surface.dialect.error(unavailable, facts), undefined)
}

function isAuditUnavailable(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.code === auditUnavailable
}

function asError(thrown: unknown): Error | undefined {
  return thrown instanceof Error ? thrown : undefined
}

function describeRequest(request: OperationRequest): Parameters<Surface['dialect']['refuse']>[1] {
  const { place, origin, facts } = request
  return { place, host: new URL(origin).host, origin, path: '', facts }
}

/** The status a dialect gives a refusal, for the records alone. */
function statusOfRefusal(refusal: Refusal): number {
  switch (refusal.reason) {
    case 'unauthenticated':
      return statusOf('unauthenticated')
    case 'unknown-route':
    case 'unknown-vault':
      return statusOf('not-found')
    case 'method-not-allowed':
      return statusOf('method-not-allowed')
    case 'body-too-large':
      return statusOf('too-large')
    case 'not-ready':
      return statusOf('unavailable')
    case 'malformed-path':
    case 'malformed-query':
    case 'unsupported-host':
    case 'api-version':
      return statusOf('malformed')
  }
}
