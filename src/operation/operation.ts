/**
 * operation: what an operation, a surface and a refusal are, and the one way to run an operation.
 * Knows nothing of HTTP servers, and holds no operation of its own.
 */
import type { Caller, TokenProof, TokenRefusal } from '#authentication/caller.ts'
import type { WorkloadSession } from '#authentication/workload-session.ts'
import type { Attributes } from '#authorization/conditions/attributes.ts'
import type { Action, Decision, NonEmpty, Requirement } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { ServiceError } from '#base/errors.ts'
import type { Guid, TenantId } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'

/** What the host name stood for, resolved once at the edge. */
export interface Place {
  readonly kind: 'tenant' | 'vault' | 'unknown-vault'
  readonly tenant: TenantId
  /** The vault's GUID, or the tenant's. */
  readonly id: Guid
  /** The resource's scope (`/subscriptions/…/vaults/name`), or the root. */
  readonly scope: Scope
  /** The vault's name in canonical form, or ''. */
  readonly name: string
  readonly location: string
}

/** A request after the edge: path parameters decoded and checked, parameter names decoded and in lower case. */
export interface OperationRequest {
  readonly place: Place
  readonly method: string
  /** `https://host[:port]` as the client used it; ids in answers are built from it. */
  readonly origin: string
  /** Path template parameters by name. */
  readonly path: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  /** '' where the surface has none. */
  readonly apiVersion: string
  header(name: string): string | undefined
  /** The whole body; empty when there was none. Its size was limited before it was read. */
  readonly body: Buffer
  readonly contentType: string
  readonly facts: RequestFacts
  /** Set by the edge alone: the session whose proxy credentials came with the request. */
  readonly session?: WorkloadSession | undefined
  /** The held connection of a local control client; undefined on every other listener. */
  readonly channel?: Channel | undefined
}

/** A connection that a client holds open, so that what it started ends with it. */
export interface Channel {
  /** Calls `listener` once when the connection is gone; at once if it already is. */
  onClosed(listener: () => void): void
}

/** What is known of a request besides its content; for the audit record and error texts. */
export interface RequestFacts {
  /** `x-ms-request-id`, made here. */
  readonly requestId: Guid
  readonly clientRequestId: string | undefined
  /** The connection's peer; behind the session proxy, the peer of the connection to the proxy. Never from a header. */
  readonly clientAddress: string
  /** The private endpoint whose listener the connection came to; undefined on every other one. */
  readonly privateEndpoint?: string | undefined
  readonly userAgent: string
  readonly tlsVersion: string
  /** The local port and remote port of the connection, for the managed identity endpoint's peer check. */
  readonly remotePort: number
  readonly localPort: number
  /** Monotonic milliseconds at which the request's head had arrived. */
  readonly startedAtMilliseconds: number
}

export interface OperationContext<Transaction extends Reader = Reader> {
  readonly tenant: TenantId
  /** Undefined for open operations only. */
  readonly caller: Caller | undefined
  readonly place: Place
  readonly request: { readonly origin: string; readonly apiVersion: string; readonly facts: RequestFacts }
  /** The decision that let this call through; undefined for open operations. */
  readonly decision: Extract<Decision, { outcome: 'allow' }> | undefined
  /** Rows reach a handler only through here. A `Writer` for operations with `access: 'write'`. */
  readonly transaction: Transaction
  /** Whether the caller may do this too; for filtering lists and for checks that depend on what was read. */
  permits(action: Action, scope: Scope, attributes?: Attributes): boolean
}

/** What is known before a transaction is open. */
export type PreparationContext = Omit<OperationContext, 'transaction' | 'decision'>

export interface OperationResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text, or bytes with their own content type in `headers`. Left out: no body. */
  readonly body?: string | Buffer
}

/** The allow-list of what an audit record may show of one call. */
export interface AuditView {
  /** The resource addressed: `https://vault/secrets/name[/version]`. */
  readonly id?: string
  /** The request's path and known query, rebuilt from parsed parameters, never copied. */
  readonly requestUri: string
  /** Canonical scope of the resource; upper-cased into `resourceId`. Default: the place's scope. */
  readonly resource?: string
  /** The secret version that was read or written. */
  readonly version?: string
  /** Further members of `properties`: counts, types. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

export interface AuditRule<Input, Output> {
  /** Azure's operationName, `SecretGet`. */
  readonly operationName: string
  /** `output` is undefined when the call was denied or failed. Must not throw. */
  view(input: Input, request: OperationRequest, output: Output | undefined): AuditView
  /**
   * Of operations that anybody may call with a credential: why a failure is counted instead of recorded singly, for a record
   * of each would let strangers fill the disk. Undefined for failures of somebody known here. `isParsed` is false when the
   * request was not understood. Must not throw; asked neither of other operations nor about what fails on our side.
   */
  countedAs?(error: ServiceError, request: OperationRequest, isParsed: boolean): CountedReason | undefined
}

/** Why a call of somebody who is nobody known here failed, as it is counted. */
export type CountedReason = 'malformed-request' | 'unproven-caller' | 'unknown-client' | 'too-many-attempts'

/**
 * Who may. `filtered`: every authenticated principal may ask, and the handler shows only what `context.permits` lets
 * through (lists), or what an unguessable id in the request stands for (the state of a long-running operation).
 */
export type Requirements = NonEmpty<Requirement> | 'filtered'

interface OperationBase<Input, Prepared, Output> {
  /** Azure's operation id, `getSecret`. */
  readonly id: string
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD'
  /**
   * Path template: literals (matched case-insensitively) and `{parameter}` segments; `{parameter?}` may be absent or empty.
   * A template may start with `{parameter...}`: any number of leading segments, none included, joined by `/`.
   */
  readonly path: string
  /** The first api-version that has it; '' where the surface has none. */
  readonly since: string
  /** For writes that can change a decision: which counters move. */
  readonly moves?: 'generation' | 'epoch' | 'both'
  /** Bytes, where bodies may be larger or must be smaller than the surface's. */
  readonly maximumBodyBytes?: number
  /** Throws `ServiceError` in the surface's codes; does no I/O. */
  parse(request: OperationRequest): Input
  /** Slow work before the transaction: key generation, network. Runs once, after the caller was authorised. */
  prepare?(context: PreparationContext, input: Input): Prepared | Promise<Prepared>
  /** Pure: status, headers, wire body. */
  respond(output: Output, request: OperationRequest): OperationResponse
}

interface ReadingOperation<Input, Prepared, Output> {
  readonly access: 'read'
  handle(context: OperationContext<Reader>, input: Input, prepared: Prepared): Promise<Output>
  /**
   * Takes back what `handle` did outside the database (a session it started), when the answer cannot leave: it could not be
   * rendered, or not be recorded. What is left out has no such effect.
   */
  takeBack?(output: Output): Promise<void>
}

interface WritingOperation<Input, Prepared, Output> {
  readonly access: 'write'
  /** Runs inside one transaction that commits only together with the call's audit record. */
  handle(context: OperationContext<Writer>, input: Input, prepared: Prepared): Promise<Output>
}

/**
 * One API operation: one value in one file. Either `requirements` (who may) or `open` (why nobody is asked), never both.
 * Only `open: 'public' | 'health'` may go without an audit rule.
 */
export type Operation<Input = unknown, Prepared = unknown, Output = unknown> = OperationBase<Input, Prepared, Output> &
  (ReadingOperation<Input, Prepared, Output> | WritingOperation<Input, Prepared, Output>) &
  (
    | {
        readonly open?: never
        readonly audit: AuditRule<Input, Output>
        requirements(context: PreparationContext, input: Input): Requirements | Promise<Requirements>
      }
    | {
        readonly open: 'credential-exchange' | 'workload-session' | 'local-control'
        readonly audit: AuditRule<Input, Output>
      }
    | { readonly open: 'public' | 'health'; readonly audit?: never }
  )

/** Types an operation value; it only helps inference. */
export function defineOperation<Input, Prepared, Output>(
  operation: Operation<Input, Prepared, Output>,
): Operation<Input, Prepared, Output> {
  return operation
}

/** A denial with everything a dialect's 403 text quotes. */
export interface Denial {
  readonly decision: Extract<Decision, { outcome: 'deny' }>
  readonly caller: Caller
  readonly place: Place
  /** What the caller may do to the resource itself, when it was denied something at another one that the call links to. */
  readonly linkedFrom?: Requirement | undefined
}

/** What is answered before `invoke`: a closed union that holds nothing from storage. */
export type Refusal =
  | { readonly reason: 'unauthenticated'; readonly token: TokenRefusal }
  | { readonly reason: 'malformed-path' | 'malformed-query' | 'unsupported-host' | 'unknown-route' | 'unknown-vault' }
  | { readonly reason: 'method-not-allowed'; readonly allowed: readonly string[] }
  | { readonly reason: 'body-too-large'; readonly maximumBytes: number }
  | { readonly reason: 'api-version'; readonly given: string | undefined }
  | { readonly reason: 'not-ready' }

/** How a surface speaks: turns refusals, denials and errors into bytes. */
export interface Dialect {
  refuse(
    refusal: Refusal,
    request: {
      readonly place: Place
      readonly host: string
      readonly origin: string
      readonly path: string
      readonly facts: RequestFacts
    },
  ): OperationResponse
  deny(denial: Denial): ServiceError
  error(error: ServiceError, facts: RequestFacts): OperationResponse
  /** Headers of every answer of this surface. */
  headers(facts: RequestFacts): Readonly<Record<string, string>>
}

/** A per-connection memory: the last token seen and what it proved. */
export interface ConnectionMemory {
  token: string | undefined
  /** Which audiences the token was checked against; kept by authentication. */
  proof?: TokenProof | undefined
}

export interface AuthenticationRequest {
  readonly authorization: string | undefined
  readonly place: Place
  readonly host: string
  readonly connection: ConnectionMemory
}

/** A surface: a name, its operations, how it authenticates and how it speaks. Which hosts it answers is composed in app. */
export interface Surface {
  readonly name: string
  readonly operations: readonly Operation[]
  /** Bytes; larger bodies are refused before they are read. */
  readonly maximumBodyBytes: number
  /**
   * How api-versions are chosen: `newest-not-later` for vault and arm; `none` ignores them; a list is exact.
   */
  readonly apiVersions: 'newest-not-later' | 'none' | readonly string[]
  /** Undefined for surfaces whose operations are all open. */
  authenticate?(
    request: AuthenticationRequest,
  ):
    | Promise<{ readonly outcome: 'authenticated'; readonly caller: Caller } | TokenRefusal>
    | { readonly outcome: 'authenticated'; readonly caller: Caller }
    | TokenRefusal
  readonly dialect: Dialect
}
