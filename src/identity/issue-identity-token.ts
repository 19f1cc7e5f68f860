import type { WorkloadSession, WorkloadSessions } from '#authentication/workload-session.ts'
import { ServiceError } from '#base/errors.ts'
import type { ClientId, PrincipalId, TenantId } from '#base/ids.ts'
import type { SecretValue } from '#base/secret-value.ts'
import {
  type AuditView,
  defineOperation,
  type Operation,
  type OperationContext,
  type OperationRequest,
  type OperationResponse,
  type PreparationContext,
} from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import type { PeerUsers } from './peer-user.ts'
import type { IdentitySelector } from './selected-identity.ts'
import type { WorkloadSource } from './sources/source.ts'
import { chooseIdentity, type WorkloadIdentities } from './workload-identities.ts'

/** What this surface needs of the token service. */
export interface IdentityTokenMinter {
  /** Called before the transaction that `mint` is called in. */
  prepare(tenant: TenantId): Promise<void>
  /** Throws `malformed` / `invalid_resource` for a resource that is not ours. */
  mint(
    reader: Reader,
    request: {
      readonly principal: PrincipalId
      readonly clientId: ClientId
      readonly kind: 'user' | 'application'
      readonly credential: 'none' | 'managed-identity'
      readonly resource: string
      readonly resourceId: string | undefined
      /** Of a user-assigned identity: the resource that uses it. */
      readonly hostResourceId: string | undefined
      readonly userPrincipalName: string | undefined
      readonly displayName: string | undefined
      readonly capabilities: readonly string[]
    },
  ): Promise<IdentityToken>
}

interface IdentityToken {
  readonly accessToken: SecretValue
  readonly resource: string
  readonly tokenId: string
  readonly notBeforeSeconds: number
  readonly expiresAtSeconds: number
  readonly expiresInSeconds: number
}

export interface IssuanceDependencies {
  readonly sessions: WorkloadSessions
  readonly workloads: WorkloadIdentities
  readonly minter: IdentityTokenMinter
  /** Undefined where the system cannot tell (macOS): then the check is off. */
  readonly peerUsers: PeerUsers | undefined
}

/** A token asked for by a session that proved itself. */
interface IdentityTokenRequest {
  readonly session: WorkloadSession
  /** Undefined: its own. */
  readonly selector: IdentitySelector | undefined
  readonly resource: string
  readonly capabilities: readonly string[]
}

interface IssuedIdentityToken {
  readonly token: IdentityToken
  readonly principal: PrincipalId
  readonly clientId: ClientId
}

const resourcePattern = /^[\x21-\x7e]{1,512}$/

/** The resource a client asks for. Throws `malformed` for none (`invalid_request`) or an impossible one (`invalid_resource`). */
export function parseResource(resource: string | undefined): string {
  if (resource === undefined || resource === '') {
    throw new ServiceError('malformed', 'invalid_request', "The parameter 'resource' is required.", {
      target: 'resource',
    })
  }
  if (resourcePattern.test(resource)) return resource
  throw new ServiceError('malformed', 'invalid_resource', "The parameter 'resource' is not valid.", {
    target: 'resource',
  })
}

/** Client capabilities as managed identity clients send them: `xms_cc=cp1`. */
export function parseCapabilities(query: ReadonlyMap<string, string>): readonly string[] {
  const asked = (query.get('xms_cc') ?? '').toUpperCase().split(',')
  return asked.includes('CP1') ? ['CP1'] : []
}

/** What the endpoints differ in: address, and how a request is read. */
export interface IdentityEndpoint {
  readonly id: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** The path as the audit record shows it. */
  readonly shownPath: string
  readonly source: WorkloadSource
  parse(request: OperationRequest): IdentityTokenRequest
}

/** The operation of one endpoint: whatever the protocol, one proved session, one token of its identity, one record. */
export function createIdentityOperation(dependencies: IssuanceDependencies, endpoint: IdentityEndpoint): Operation {
  return defineOperation<IdentityTokenRequest, undefined, IssuedIdentityToken>({
    id: endpoint.id,
    method: endpoint.method,
    path: endpoint.path,
    since: '',
    open: 'workload-session',
    access: 'read',
    parse: (request) => endpoint.parse(request),
    async prepare(context, input) {
      await prepareIssuance(dependencies, context, input)
      return undefined
    },
    handle: (context, input) => issueIdentityToken(dependencies, context, input),
    respond: respondWithToken,
    audit: {
      operationName: 'ManagedIdentityToken',
      view: (input, { origin }, output) => viewIssuance(`${origin}${endpoint.shownPath}`, input, output),
      countedAs(error, request, isParsed) {
        // A workload that asks in the wrong way, or at another's address, is somebody known here.
        if (isParsed || endpoint.source.prove(request) !== undefined) return undefined
        return error.kind === 'unauthenticated' ? 'unproven-caller' : 'malformed-request'
      },
    },
  })
}

/** Refuses the header of a workload that runs as another OS user, and of one that has none: a stolen header is not enough. */
async function prepareIssuance(
  { minter, peerUsers }: IssuanceDependencies,
  context: PreparationContext,
  { session }: IdentityTokenRequest,
): Promise<void> {
  if (peerUsers !== undefined && (await peerUsers.userOf(context.request.facts)) !== session.osUserId) {
    throw new ServiceError('forbidden', 'access_denied', 'The caller does not run as the OS user of this workload.')
  }
  await minter.prepare(context.tenant)
}

/** Mints the token of a session's identity. The session, its identities and their principals are looked at again, here. */
async function issueIdentityToken(
  { sessions, workloads, minter }: IssuanceDependencies,
  { tenant, transaction }: OperationContext,
  { session, selector, resource, capabilities }: IdentityTokenRequest,
): Promise<IssuedIdentityToken> {
  if (session.tenant !== tenant || sessions.find(session.id) === undefined) throw unknownSession()
  const principal = await chooseIdentity(workloads, transaction, { session, selector })
  const isUser = principal.type === 'User'
  const clientId = principal.clientId ?? session.clientId
  const isHostItself = principal.resourceId === session.resourceId
  const token = await minter.mint(transaction, {
    principal: principal.id,
    clientId,
    kind: isUser ? 'user' : 'application',
    credential: isUser ? 'none' : 'managed-identity',
    resource,
    resourceId: principal.resourceId,
    hostResourceId: isHostItself ? undefined : session.resourceId,
    userPrincipalName: principal.userPrincipalName,
    displayName: isUser ? principal.displayName : undefined,
    capabilities,
  })
  return { token, principal: principal.id, clientId }
}

/** The refusal of a request that proved no live session. */
export function unknownSession(): ServiceError {
  return new ServiceError(
    'unauthenticated',
    'unauthorized',
    'The identity header is missing, is not known here, or belongs to a workload that has ended.',
  )
}

/** Numbers are strings, both `expires_on` and `expires_in` are there, `resource` is echoed. Wire: cannot change. */
function respondWithToken({ token, clientId }: IssuedIdentityToken): OperationResponse {
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
    body: JSON.stringify({
      access_token: token.accessToken.reveal().toString('latin1'),
      client_id: clientId,
      expires_on: String(token.expiresAtSeconds),
      expires_in: String(token.expiresInSeconds),
      ext_expires_in: String(token.expiresInSeconds),
      not_before: String(token.notBeforeSeconds),
      resource: token.resource,
      token_type: 'Bearer',
    }),
  }
}

/** What the record of an issuance shows: whose identity, for what, by which session; never the token. */
function viewIssuance(
  requestUri: string,
  { session }: IdentityTokenRequest,
  output: IssuedIdentityToken | undefined,
): AuditView {
  return {
    requestUri,
    ...(session.resourceId === undefined ? {} : { resource: session.resourceId }),
    properties: {
      sessionId: session.id,
      principalId: output?.principal ?? session.principal,
      clientId: output?.clientId ?? session.clientId,
      ...(output === undefined
        ? {}
        : {
            tokenResource: output.token.resource,
            tokenId: output.token.tokenId,
            expiresAtSeconds: output.token.expiresAtSeconds,
          }),
    },
  }
}
