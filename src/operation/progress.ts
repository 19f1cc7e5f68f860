import type { Caller } from '#authentication/caller.ts'
import type { Decision } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import type { Operation, OperationRequest, PreparationContext, Requirements, Surface } from './operation.ts'
import type { Admission, TrustedService } from './place-rules.ts'

/** A request that has found its operation and, unless the operation is open, its caller. */
export interface Call {
  readonly surface: Surface
  readonly operation: Operation
  readonly request: OperationRequest
  readonly caller: Caller | undefined
  /**
   * Which part of this program makes the call itself; a vault with `bypass: AzureServices` then admits it from anywhere, and
   * the record says so. Never set for what came in from outside, whatever that says of itself. The caller still needs its
   * permissions.
   */
  readonly trustedService?: TrustedService
}

/** How far one call has come: what was parsed, decided and prepared. Kept outside of tries, which may be repeated. */
export class Progress {
  readonly call: Call
  isParsed = false
  input: unknown
  /** The last decision that was taken; undefined for open operations. */
  decision: Decision | 'filtered' | undefined
  /** How the connection stood to the place's network rules; undefined where there are none to ask. */
  admission: Admission | undefined
  /** What the last decision was asked for. */
  required: Requirements | undefined
  isPrepared: boolean
  prepared: unknown
  /** What a read did that may have to be taken back; undefined where there is nothing of the kind. */
  handled: { readonly output: unknown } | undefined
  #preparing: unknown

  constructor(call: Call) {
    this.call = call
    this.isPrepared = call.operation.prepare === undefined
  }

  parse(): void {
    this.input = this.call.operation.parse(this.call.request)
    this.isParsed = true
  }

  requirements(): Requirements | Promise<Requirements> {
    const { operation } = this.call
    if (operation.open !== undefined)
      throw new ServiceError('internal', 'InternalError', 'An open operation has no requirements.')
    return operation.requirements(this.#preparationContext(), this.input)
  }

  /** Runs `prepare` at most once, however often the decision is taken again. Answers at once where it does. */
  prepare(): void | Promise<void> {
    const { operation } = this.call
    if (this.isPrepared || operation.prepare === undefined) return
    this.#preparing ??= operation.prepare(this.#preparationContext(), this.input)
    if (this.#preparing instanceof Promise) return this.#preparing.then((prepared) => this.#keep(prepared))
    this.#keep(this.#preparing)
  }

  #keep(prepared: unknown): void {
    this.prepared = prepared
    this.isPrepared = true
  }

  #preparationContext(): PreparationContext {
    const { request, caller } = this.call
    return { tenant: request.place.tenant, caller, place: request.place, request, permits: permitsNothing }
  }
}

const permitsNothing = (): boolean => false
