import type { Kysely } from 'kysely'
import type { AuditLog, AuditReceipt, PendingRecord } from '#audit/audit-log.ts'
import type { RefusalTally } from '#audit/refusal-tally.ts'
import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import type { Authorizer, Decision, Permissions } from '#authorization/decision.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError, statusOf } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { type Database, type Reader, StaleDecision, type Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { closedTransaction } from './closed-transaction.ts'
import type {
  Operation,
  OperationContext,
  OperationRequest,
  OperationResponse,
  Place,
  PreparationContext,
  Refusal,
  RequestFacts,
  Requirements,
  Surface,
} from './operation.ts'
import { recordCall, recordRefusedToken } from './record-call.ts'

/** A request that has found its operation and, unless the operation is open, its caller. */
export interface Call {
  readonly surface: Surface
  readonly operation: Operation
  readonly request: OperationRequest
  readonly caller: Caller | undefined
}

const madeByGate = Symbol('released')

/**
 * A finished answer that may leave: its audit record is durable, or it holds nothing that would need one. Only the gate
 * makes it, and the edge renders nothing else for an operation.
 */
export class Released {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
  readonly receipt: AuditReceipt | undefined

  constructor(key: typeof madeByGate, response: OperationResponse, receipt: AuditReceipt | undefined) {
    if (key !== madeByGate) throw new TypeError('Only the gate releases answers.')
    this.status = response.status
    this.headers = response.headers ?? noHeaders
    this.body = response.body
    this.receipt = receipt
  }
}

const noHeaders: Readonly<Record<string, string>> = {}

export interface Gate {
  /** Runs one operation and releases its answer. Never throws: whatever happens becomes an answer in the surface's dialect. */
  invoke(call: Call): Promise<Released>
  /** Notes an answer that was given before any operation ran: aggregated, or recorded singly for a well-signed token. */
  refused(
    refusal: Refusal,
    seen: { readonly surface: Surface; readonly facts: RequestFacts; readonly place: Place },
  ): void
}

export interface GateDependencies {
  readonly database: Database
  readonly authorizer: Authorizer
  readonly audit: AuditLog
  /** Counts refusals; the counts are written in aggregate. */
  readonly refusals: RefusalTally
  /** Puts a record into the outbox of this process's lane, inside the write it belongs to. */
  readonly outbox: {
    insert(kysely: Kysely<Schema>, record: PendingRecord, lane: number, tenant: string): Promise<void>
  }
  /** Asked when the revocation epoch moved after the caller was authenticated. */
  readonly revalidate: (caller: Caller, reader: Reader) => Promise<TokenRefusal | undefined>
  readonly clock: Clock
  readonly logger: Logger
}

/** How often a decision is made from memory before the last try, which reads everything in one snapshot. */
const triesFromMemory = 2

/** Makes the one place where an operation's `handle` is called: it owns decision, transaction, record and release. */
export function createGate(dependencies: GateDependencies): Gate {
  return new OperationGate(dependencies)
}

type AllowDecision = Extract<Decision, { outcome: 'allow' }>
type DenyDecision = Extract<Decision, { outcome: 'deny' }>

/** What an attempt to run an operation came to. A committed write brings the record its transaction holds. */
type Outcome =
  | {
      readonly kind: 'done'
      readonly output: unknown
      readonly response: OperationResponse
      readonly decision: AllowDecision | undefined
      readonly committed: PendingRecord | undefined
    }
  | { readonly kind: 'denied'; readonly decision: DenyDecision; readonly caller: Caller }
  | { readonly kind: 'revoked'; readonly refusal: TokenRefusal }

class OperationGate implements Gate {
  readonly #its: GateDependencies

  constructor(dependencies: GateDependencies) {
    this.#its = dependencies
  }

  async invoke(call: Call): Promise<Released> {
    const { operation, request, surface } = call
    let input: unknown
    let parsed = false
    let decision: AllowDecision | undefined
    try {
      input = operation.parse(request)
      parsed = true
      const outcome = await this.#run(call, input)
      switch (outcome.kind) {
        case 'done':
          decision = outcome.decision
          return await this.#releaseDone(call, input, outcome)
        case 'denied':
          return await this.#releaseDenied(call, input, outcome)
        case 'revoked': {
          const refusal: Refusal = { reason: 'unauthenticated', token: outcome.refusal }
          this.refused(refusal, { surface, facts: request.facts, place: request.place })
          return this.#release(surface.dialect.refuse(refusal, describeRequest(request)), undefined)
        }
      }
    } catch (failure) {
      return await this.#releaseFailure(call, parsed ? { input } : undefined, failure, decision)
    }
  }

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
      logger.error('A refused token could not be recorded.', { cause: cause instanceof Error ? cause : undefined })
    })
  }

  async #run(call: Call, input: unknown): Promise<Outcome> {
    const { operation } = call
    if (operation.open !== undefined) return this.#runOpen(call, input)
    const caller = call.caller
    if (caller === undefined)
      throw new ServiceError('internal', 'InternalError', 'An operation that needs a caller was reached without one.')
    const preparation = new Preparation(call, input)
    for (let tries = 0; tries < triesFromMemory; tries++) {
      try {
        const outcome = await this.#tryFromMemory(call, caller, input, preparation)
        if (outcome !== undefined) return outcome
      } catch (failure) {
        if (!(failure instanceof StaleDecision)) throw failure
      }
    }
    return this.#tryInSnapshot(call, caller, input, preparation)
  }

  /** Decides from memory; undefined when a denial turned out to be older than the database. */
  async #tryFromMemory(
    call: Call,
    caller: Caller,
    input: unknown,
    preparation: Preparation,
  ): Promise<Outcome | undefined> {
    const { database, authorizer } = this.#its
    const tenant = call.request.place.tenant
    const freshness = database.knownFreshness(tenant) ?? (await database.currentFreshness(tenant))
    if (freshness.epoch !== caller.epoch) {
      const refusal = await database.read({ tenant, expected: freshness }, (reader) =>
        this.#its.revalidate(caller, reader),
      )
      if (refusal !== undefined) return { kind: 'revoked', refusal }
    }
    const permissions =
      authorizer.cached(tenant, caller.principal, freshness) ??
      (await database.read({ tenant, expected: freshness }, (reader) => authorizer.load(reader, caller.principal)))
    const decision = decide(permissions, await requirementsOf(call, input))
    if (decision?.outcome === 'deny') {
      const current = await database.currentFreshness(tenant)
      if (current.generation !== permissions.freshness.generation || current.epoch !== permissions.freshness.epoch)
        return undefined
      return { kind: 'denied', decision, caller }
    }
    const prepared = await preparation.run()
    if (call.operation.access === 'read') {
      return database.read({ tenant, expected: permissions.freshness }, (reader) =>
        this.#handleRead(call, { input, prepared, decision, permissions }, reader),
      )
    }
    return database.write({ tenant, expected: permissions.freshness, ...movesOf(call.operation) }, (writer) =>
      this.#handleWrite(call, { input, prepared, decision, permissions }, writer),
    )
  }

  /** The last try: principal, assignments and object in one snapshot (or under held counters), so nothing can be stale. */
  async #tryInSnapshot(call: Call, caller: Caller, input: unknown, preparation: Preparation): Promise<Outcome> {
    const { database, authorizer } = this.#its
    const tenant = call.request.place.tenant
    const requirements = await requirementsOf(call, input)
    const decideAndHandle = async (
      transaction: Reader,
      handle: (decided: Decided) => Promise<Outcome>,
    ): Promise<Outcome> => {
      const refusal =
        transaction.freshness.epoch === caller.epoch ? undefined : await this.#its.revalidate(caller, transaction)
      if (refusal !== undefined) return { kind: 'revoked', refusal }
      const permissions = await authorizer.load(transaction, caller.principal)
      const decision = decide(permissions, requirements)
      if (decision?.outcome === 'deny') return { kind: 'denied', decision, caller }
      // Nothing slow may be done in here, and before this nobody would have let the caller ask for it.
      if (!preparation.isDone) throw new StaleDecision(transaction.freshness)
      return handle({ input, prepared: preparation.result, decision, permissions })
    }
    if (call.operation.access === 'read') {
      return database.read({ tenant, consistency: 'snapshot' }, (reader) =>
        decideAndHandle(reader, (decided) => this.#handleRead(call, decided, reader)),
      )
    }
    return database.write({ tenant, hold: true, ...movesOf(call.operation) }, (writer) =>
      decideAndHandle(writer, (decided) => this.#handleWrite(call, decided, writer)),
    )
  }

  async #runOpen(call: Call, input: unknown): Promise<Outcome> {
    const { operation, request } = call
    const { database } = this.#its
    const undecided = { input, decision: undefined, permissions: undefined }
    if (operation.open === 'public' || operation.open === 'health') {
      return this.#handleRead(
        call,
        { ...undecided, prepared: await new Preparation(call, input).run() },
        closedTransaction(request.place.tenant, this.#its.clock),
      )
    }
    const prepared = await new Preparation(call, input).run()
    const tenant = request.place.tenant
    for (let tries = 0; ; tries++) {
      try {
        if (operation.access === 'read') {
          const last = tries === triesFromMemory
          return await database.read({ tenant, consistency: last ? 'snapshot' : 'statement' }, (reader) =>
            this.#handleRead(call, { ...undecided, prepared }, reader),
          )
        }
        return await database.write({ tenant, ...movesOf(operation) }, (writer) =>
          this.#handleWrite(call, { ...undecided, prepared }, writer),
        )
      } catch (failure) {
        if (!(failure instanceof StaleDecision) || tries === triesFromMemory) throw failure
      }
    }
  }

  async #handleRead(call: Call, decided: Decided, reader: Reader): Promise<Outcome> {
    const { operation } = call
    if (operation.access !== 'read')
      throw new ServiceError('internal', 'InternalError', 'A writing operation was run without a transaction.')
    const output = await operation.handle(contextOf(call, decided, reader), decided.input, decided.prepared)
    return {
      kind: 'done',
      output,
      response: call.operation.respond(output, call.request),
      decision: decided.decision,
      committed: undefined,
    }
  }

  /** Answer and record are made inside the transaction: what commits is the write together with its record. */
  async #handleWrite(call: Call, decided: Decided, writer: Writer): Promise<Outcome> {
    const { audit, outbox } = this.#its
    const { operation } = call
    if (operation.access !== 'write')
      throw new ServiceError('internal', 'InternalError', 'A reading operation was given a write transaction.')
    const output = await operation.handle(contextOf(call, decided, writer), decided.input, decided.prepared)
    const response = call.operation.respond(output, call.request)
    const record = this.#record(call, {
      input: decided.input,
      output,
      status: response.status,
      decision: decided.decision,
      description: undefined,
    })
    if (record !== undefined) await outbox.insert(writer.kysely, record, audit.lane, writer.tenant)
    return { kind: 'done', output, response, decision: decided.decision, committed: record }
  }

  async #releaseDone(call: Call, input: unknown, outcome: Extract<Outcome, { kind: 'done' }>): Promise<Released> {
    const { audit } = this.#its
    if (outcome.committed !== undefined) return this.#release(outcome.response, await audit.settle(outcome.committed))
    const record = this.#record(call, {
      input,
      output: outcome.output,
      status: outcome.response.status,
      decision: outcome.decision,
      description: undefined,
    })
    return this.#release(outcome.response, record === undefined ? undefined : await audit.append(record))
  }

  async #releaseDenied(call: Call, input: unknown, outcome: Extract<Outcome, { kind: 'denied' }>): Promise<Released> {
    const { dialect } = call.surface
    const error = dialect.deny({ decision: outcome.decision, caller: outcome.caller, place: call.request.place })
    const response = dialect.error(error, call.request.facts)
    const record = this.#record(call, {
      input,
      output: undefined,
      status: response.status,
      decision: outcome.decision,
      description: error.message,
    })
    return this.#release(response, record === undefined ? undefined : await this.#its.audit.append(record))
  }

  async #releaseFailure(
    call: Call,
    parsed: { readonly input: unknown } | undefined,
    failure: unknown,
    decision: AllowDecision | undefined,
  ): Promise<Released> {
    const { audit, logger } = this.#its
    const { dialect } = call.surface
    const error = this.#presentable(failure, call.request.facts)
    const response = dialect.error(error, call.request.facts)
    if (error.code === auditUnavailable) return this.#release(response, undefined)
    try {
      const record = this.#record(call, {
        input: parsed?.input,
        unparsed: parsed === undefined,
        output: undefined,
        status: response.status,
        decision,
        description: error.message,
      })
      return this.#release(response, record === undefined ? undefined : await audit.append(record))
    } catch (cause) {
      logger.error('A failed call could not be recorded.', {
        requestId: call.request.facts.requestId,
        cause: cause instanceof Error ? cause : undefined,
      })
      const unavailable = new ServiceError(
        'unavailable',
        auditUnavailable,
        'The service cannot record this request at the moment.',
        { retryAfterSeconds: 1, cause },
      )
      return this.#release(dialect.error(unavailable, call.request.facts), undefined)
    }
  }

  #presentable(failure: unknown, facts: RequestFacts): ServiceError {
    if (failure instanceof ServiceError && failure.kind !== 'internal') return failure
    if (failure instanceof StaleDecision) {
      return new ServiceError('unavailable', 'StateMoving', 'The authorization state kept moving. Try again.', {
        retryAfterSeconds: 1,
        cause: failure,
      })
    }
    this.#its.logger.error('A request failed.', {
      requestId: facts.requestId,
      code: failure instanceof ServiceError ? failure.code : undefined,
      cause: failure instanceof Error ? failure : undefined,
    })
    return new ServiceError('internal', 'InternalServerError', `The request failed. Request id: ${facts.requestId}.`, {
      cause: failure,
    })
  }

  #record(
    call: Call,
    result: {
      readonly input: unknown
      readonly unparsed?: boolean
      readonly output: unknown
      readonly status: number
      readonly decision: Decision | undefined
      readonly description: string | undefined
    },
  ): PendingRecord | undefined {
    const { operation, request } = call
    if (operation.audit === undefined) return undefined
    const view =
      result.unparsed === true
        ? { requestUri: request.origin }
        : operation.audit.view(result.input, request, result.output)
    return recordCall({
      id: randomGuid(),
      surface: call.surface.name,
      operation,
      request,
      caller: call.caller,
      decision: result.decision,
      view,
      status: result.status,
      description: result.description,
      time: this.#its.clock.now(),
      durationMilliseconds: this.#its.clock.monotonicMilliseconds() - request.facts.startedAtMilliseconds,
    })
  }

  #release(response: OperationResponse, receipt: AuditReceipt | undefined): Released {
    return new Released(madeByGate, response, receipt)
  }
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

/** The code under which logs refuse: nothing may leave, and there is nothing to record it in. */
const auditUnavailable = 'AuditUnavailable'

interface Decided {
  readonly input: unknown
  readonly prepared: unknown
  readonly decision: AllowDecision | undefined
  readonly permissions: Permissions | undefined
}

function requirementsOf(call: Call, input: unknown): Requirements | Promise<Requirements> {
  if (call.operation.open !== undefined)
    throw new ServiceError('internal', 'InternalError', 'An open operation has no requirements.')
  return call.operation.requirements(preparationContextOf(call), input)
}

/** A filtered operation is open to every principal; what it shows is decided row by row through `permits`. */
function decide(permissions: Permissions, requirements: Requirements): Decision | undefined {
  return requirements === 'filtered' ? undefined : permissions.decide(requirements)
}

function preparationContextOf(call: Call): PreparationContext {
  const { request } = call
  return { tenant: request.place.tenant, caller: call.caller, place: request.place, request, permits: () => false }
}

function contextOf<Transaction extends Reader>(
  call: Call,
  decided: Decided,
  transaction: Transaction,
): OperationContext<Transaction> {
  const { request } = call
  return {
    tenant: request.place.tenant,
    caller: call.caller,
    place: request.place,
    request,
    decision: decided.decision,
    transaction,
    permits: (action, scope) => decided.permissions?.permits(action, scope) ?? false,
  }
}

/** Runs `prepare` at most once however often the decision is taken again. */
class Preparation {
  readonly #call: Call
  readonly #input: unknown
  #running: Promise<unknown> | undefined
  isDone: boolean
  result: unknown

  constructor(call: Call, input: unknown) {
    this.#call = call
    this.#input = input
    this.isDone = call.operation.prepare === undefined
  }

  async run(): Promise<unknown> {
    const { operation } = this.#call
    if (this.isDone || operation.prepare === undefined) return this.result
    this.#running ??= operation.prepare(preparationContextOf(this.#call), this.#input)
    this.result = await this.#running
    this.isDone = true
    return this.result
  }
}

function movesOf(operation: Operation): { moves?: 'generation' | 'epoch' | 'both' } {
  return operation.moves === undefined ? {} : { moves: operation.moves }
}

function describeRequest(request: OperationRequest) {
  return {
    place: request.place,
    host: new URL(request.origin).host,
    origin: request.origin,
    path: '',
    facts: request.facts,
  }
}
