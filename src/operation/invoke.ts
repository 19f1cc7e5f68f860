import type { Kysely } from 'kysely'
import type { AuditLog, PendingRecord } from '#audit/audit-log.ts'
import type { RefusalTally } from '#audit/refusal-tally.ts'
import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import type { Authorizer, Decision, NonEmpty, Permissions, Requirement } from '#authorization/decision.ts'
import { lookUpAttributes } from '#authorization/look-up-attributes.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import {
  type Database,
  type Freshness,
  type Reader,
  type ReadScope,
  StaleDecision,
  sameFreshness,
  type Writer,
} from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { closedTransaction } from './closed-transaction.ts'
import type { Operation, OperationContext, OperationResponse, Requirements } from './operation.ts'
import { type PlaceRules, type PlaceRulesSource, permissionsUnder } from './place-rules.ts'
import { type Call, Progress } from './progress.ts'
import { type Released, Releaser } from './release.ts'

export interface Gate {
  /** Runs one operation and releases its answer. Never throws: whatever happens becomes an answer in the surface's dialect. */
  invoke(call: Call): Promise<Released>
  /** Notes an answer that was given before any operation ran: aggregated, or recorded singly for a well-signed token. */
  refused: Releaser['refused']
}

export interface GateDependencies {
  readonly database: Database
  readonly authorizer: Authorizer
  /** Network rules and access policies of vaults. */
  readonly rules: PlaceRulesSource
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

/** What an attempt to run an operation came to. A committed write brings the record its transaction holds. */
type Outcome =
  | {
      readonly kind: 'done'
      readonly output: unknown
      readonly response: OperationResponse
      readonly committed: PendingRecord | undefined
    }
  | { readonly kind: 'denied'; readonly decision: Extract<Decision, { outcome: 'deny' }>; readonly caller: Caller }
  | { readonly kind: 'shut-out'; readonly error: ServiceError }
  | { readonly kind: 'revoked'; readonly refusal: TokenRefusal }

/** Rolls back a transaction in which nothing was done: a counter that moved for nothing would make everybody else decide again. */
class NothingDone extends Error {
  readonly outcome: Outcome | undefined

  constructor(outcome: Outcome | undefined) {
    super('The call did nothing yet.')
    this.outcome = outcome
  }
}

class OperationGate implements Gate {
  readonly #its: GateDependencies
  readonly #releaser: Releaser

  constructor(dependencies: GateDependencies) {
    this.#its = dependencies
    this.#releaser = new Releaser(dependencies)
  }

  async invoke(call: Call): Promise<Released> {
    const progress = new Progress(call)
    try {
      const unrecordable = this.#releaser.refuseUnrecordable(call)
      if (unrecordable !== undefined) return unrecordable
      progress.parse()
      const outcome = await this.#run(progress)
      switch (outcome.kind) {
        case 'done':
          return await this.#releaser.done(progress, outcome)
        case 'denied':
          return await this.#releaser.denied(progress, {
            ...outcome,
            place: call.request.place,
            linkedFrom: linkedFrom(progress.required, outcome.decision),
          })
        case 'shut-out':
          return await this.#releaser.failure(progress, outcome.error)
        case 'revoked':
          return this.#releaser.revoked(call, outcome.refusal)
      }
    } catch (thrown) {
      await this.#takeBack(progress)
      return await this.#releaser.failure(progress, thrown)
    }
  }

  refused(...seen: Parameters<Releaser['refused']>): void {
    this.#releaser.refused(...seen)
  }

  async #run(progress: Progress): Promise<Outcome> {
    const { operation, caller } = progress.call
    if (operation.open !== undefined) return this.#runOpen(progress)
    if (caller === undefined) {
      throw new ServiceError('internal', 'InternalError', 'An operation that needs a caller was reached without one.')
    }
    for (let tries = 0; tries < triesFromMemory; tries++) {
      try {
        const outcome = await this.#tryFromMemory(progress, caller)
        if (outcome !== undefined) return outcome
      } catch (thrown) {
        if (!(thrown instanceof StaleDecision)) throw thrown
        // What this process knows may be behind still; the next decision must not be made on the same stale counters.
        await this.#its.database.currentFreshness(progress.call.request.place.tenant)
      }
    }
    for (;;) {
      const outcome = await this.#tryInSnapshot(progress, caller)
      if (outcome !== undefined) return outcome
      // Let in by a snapshot, and so allowed to ask for what is slow: once, for then it is prepared.
      await progress.prepare()
    }
  }

  /** Decides from memory; undefined when a denial turned out to be older than the database. */
  async #tryFromMemory(progress: Progress, caller: Caller): Promise<Outcome | undefined> {
    const { database, authorizer } = this.#its
    const { operation, request } = progress.call
    const { tenant } = request.place
    const expected = database.knownFreshness(tenant) ?? (await database.currentFreshness(tenant))
    if (expected.epoch !== caller.epoch) {
      const refusal = await database.read({ tenant, expected }, (reader) => this.#its.revalidate(caller, reader))
      if (refusal !== undefined) return { kind: 'revoked', refusal }
    }
    const place = request.place.kind === 'vault' ? request.place : undefined
    const rules =
      place === undefined
        ? undefined
        : (this.#its.rules.cached(place, expected) ??
          (await database.read({ tenant, expected }, (reader) => this.#its.rules.load(reader, place))))
    const shutOut = shutOutBy(rules, progress, caller)
    if (shutOut !== undefined) return (await this.#isCurrent(tenant, expected)) ? shutOut : undefined
    const roles =
      authorizer.cached(tenant, caller.principal, expected) ??
      (await database.read({ tenant, expected }, (reader) => authorizer.load(reader, caller.principal)))
    const permissions = permissionsUnder(rules, roles, caller)
    const required = progress.requirements()
    progress.required = required instanceof Promise ? await required : required
    const decision = hangsOnLookup(permissions, progress.required)
      ? permissions.decide(await this.#lookUp(progress.required, { tenant, expected: permissions.freshness }))
      : decide(permissions, progress.required)
    progress.decision = decision
    if (decision !== 'filtered' && decision.outcome === 'deny') {
      return (await this.#isCurrent(tenant, permissions.freshness)) ? { kind: 'denied', decision, caller } : undefined
    }
    if (!progress.isPrepared) {
      const preparing = progress.prepare()
      if (preparing instanceof Promise) await preparing
    }
    const scope = { tenant, expected: permissions.freshness }
    if (operation.access === 'read') {
      return finishRead(progress, await database.read(scope, (reader) => handleRead(progress, permissions, reader)))
    }
    return await database.write({ ...scope, ...movesOf(operation) }, (writer) =>
      this.#handleWrite(progress, permissions, writer),
    )
  }

  /** Whether nothing has moved since; a negative answer from memory is not given before this is asked. */
  async #isCurrent(tenant: TenantId, freshness: Freshness): Promise<boolean> {
    return sameFreshness(await this.#its.database.currentFreshness(tenant), freshness)
  }

  /**
   * The last try: principal, assignments and object in one snapshot (or under held counters), so nothing can be stale.
   * Undefined when the caller is let in and nothing is prepared yet, for nothing slow may be done in here.
   */
  async #tryInSnapshot(progress: Progress, caller: Caller): Promise<Outcome | undefined> {
    const { database, authorizer } = this.#its
    const { operation, request } = progress.call
    const { tenant } = request.place
    const requirements = await progress.requirements()
    progress.required = requirements
    const decideThen = async (
      transaction: Reader,
      handle: (permissions: Permissions) => Promise<Outcome>,
    ): Promise<Outcome | undefined> => {
      const isSameEpoch = transaction.freshness.epoch === caller.epoch
      const refusal = isSameEpoch ? undefined : await this.#its.revalidate(caller, transaction)
      if (refusal !== undefined) return { kind: 'revoked', refusal }
      const rules = request.place.kind === 'vault' ? await this.#its.rules.load(transaction, request.place) : undefined
      const shutOut = shutOutBy(rules, progress, caller)
      if (shutOut !== undefined) return shutOut
      const permissions = permissionsUnder(rules, await authorizer.load(transaction, caller.principal), caller)
      const decision = hangsOnLookup(permissions, requirements)
        ? permissions.decide(await lookUpAttributes(transaction, requirements))
        : decide(permissions, requirements)
      progress.decision = decision
      if (decision !== 'filtered' && decision.outcome === 'deny') return { kind: 'denied', decision, caller }
      return progress.isPrepared ? handle(permissions) : undefined
    }
    if (operation.access === 'read') {
      return database.read({ tenant, consistency: 'snapshot' }, (reader) =>
        decideThen(reader, async (permissions) =>
          finishRead(progress, await handleRead(progress, permissions, reader)),
        ),
      )
    }
    try {
      return await database.write({ tenant, hold: true, ...movesOf(operation) }, async (writer) => {
        const outcome = await decideThen(writer, (permissions) => this.#handleWrite(progress, permissions, writer))
        if (outcome?.kind !== 'done') throw new NothingDone(outcome)
        return outcome
      })
    } catch (thrown) {
      if (thrown instanceof NothingDone) return thrown.outcome
      throw thrown
    }
  }

  #lookUp(requirements: NonEmpty<Requirement>, scope: ReadScope): Promise<NonEmpty<Requirement>> {
    return this.#its.database.read(scope, (reader) => lookUpAttributes(reader, requirements))
  }

  async #runOpen(progress: Progress): Promise<Outcome> {
    const { database, clock } = this.#its
    const { operation, request } = progress.call
    const { tenant } = request.place
    await progress.prepare()
    if (operation.open === 'public' || operation.open === 'health') {
      return finishRead(progress, await handleRead(progress, undefined, closedTransaction(tenant, clock)))
    }
    for (let tries = 0; ; tries++) {
      const isLast = tries === triesFromMemory
      try {
        if (operation.access === 'read') {
          const consistency = isLast ? 'snapshot' : 'statement'
          return finishRead(
            progress,
            await database.read({ tenant, consistency }, (reader) => handleRead(progress, undefined, reader)),
          )
        }
        return await database.write({ tenant, hold: isLast, ...movesOf(operation) }, (writer) =>
          this.#handleWrite(progress, undefined, writer),
        )
      } catch (thrown) {
        if (!(thrown instanceof StaleDecision) || isLast) throw thrown
      }
    }
  }

  async #takeBack({ call, handled }: Progress): Promise<void> {
    const { operation, request } = call
    if (operation.access !== 'read' || handled === undefined) return
    try {
      await operation.takeBack?.(handled.output)
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown : undefined
      this.#its.logger.error('What a failed call did could not be taken back.', {
        requestId: request.facts.requestId,
        cause,
      })
    }
  }

  /** Answer and record are made inside the transaction: what commits is the write together with its record. */
  async #handleWrite(progress: Progress, permissions: Permissions | undefined, writer: Writer): Promise<Outcome> {
    const { audit, outbox } = this.#its
    const { operation, request } = progress.call
    if (operation.access !== 'write') {
      throw new ServiceError('internal', 'InternalError', 'A reading operation was given a write transaction.')
    }
    const output = await operation.handle(contextOf(progress, permissions, writer), progress.input, progress.prepared)
    const response = operation.respond(output, request)
    const committed = this.#releaser.record(progress, { status: response.status, description: undefined, output })
    if (committed !== undefined) await outbox.insert(writer.kysely, committed, audit.lane, writer.tenant)
    return { kind: 'done', output, response, committed }
  }
}

/** Asks a vault's network rules, before anything is decided about the caller. */
function shutOutBy(rules: PlaceRules | undefined, progress: Progress, caller: Caller): Outcome | undefined {
  const { request, trustedService } = progress.call
  const { facts, origin } = request
  progress.admission = rules?.admit({ caller, facts, origin, trustedService })
  return progress.admission?.outcome === 'refused' ? { kind: 'shut-out', error: progress.admission.error } : undefined
}

function handleRead(progress: Progress, permissions: Permissions | undefined, reader: Reader): Promise<unknown> {
  const { operation } = progress.call
  if (operation.access !== 'read') {
    throw new ServiceError('internal', 'InternalError', 'A writing operation was run without a transaction.')
  }
  return operation.handle(contextOf(progress, permissions, reader), progress.input, progress.prepared)
}

/** What a reading operation came to. */
function finishRead(progress: Progress, output: unknown): Outcome {
  const { operation, request } = progress.call
  if (operation.access === 'read' && operation.takeBack !== undefined) progress.handled = { output }
  return { kind: 'done', output, response: operation.respond(output, request), committed: undefined }
}

/** A filtered operation is open to every principal; what it shows is decided row by row through `permits`. */
function decide(permissions: Permissions, requirements: Requirements): Decision | 'filtered' {
  return requirements === 'filtered' ? 'filtered' : permissions.decide(requirements)
}

/** The first requirement, which held, when the denied one is at another scope. */
function linkedFrom(
  required: Requirements | undefined,
  denied: Extract<Decision, { outcome: 'deny' }>,
): Requirement | undefined {
  if (required === undefined || required === 'filtered') return undefined
  return required[0].scope.path === denied.scope.path ? undefined : required[0]
}

function hangsOnLookup(
  permissions: Permissions,
  requirements: Requirements,
): requirements is Exclude<Requirements, 'filtered'> {
  return requirements !== 'filtered' && permissions.hangsOnLookup(requirements)
}

function contextOf<Transaction extends Reader>(
  { call, decision }: Progress,
  permissions: Permissions | undefined,
  transaction: Transaction,
): OperationContext<Transaction> {
  const { request, caller } = call
  return {
    tenant: request.place.tenant,
    caller,
    place: request.place,
    request,
    decision: typeof decision === 'object' && decision.outcome === 'allow' ? decision : undefined,
    transaction,
    permits: (action, scope, attributes) => permissions?.permits(action, scope, attributes) ?? false,
  }
}

function movesOf(operation: Operation): { moves?: 'generation' | 'epoch' | 'both' } {
  return operation.moves === undefined ? {} : { moves: operation.moves }
}
