import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import type { MissingAccessPolicy } from '#authorization/decision.ts'
import { ServiceError, statusOf } from '#base/errors.ts'
import type { Denial, Dialect, OperationResponse, Place, Refusal, RequestFacts } from '#operation/operation.ts'

/** Of every answer with a body; one object for all, so that an answer costs no header allocation of its own. */
export const jsonHeaders: Readonly<Record<string, string>> = { 'content-type': 'application/json; charset=utf-8' }

/** The application id of Azure Key Vault, an audience of v2 tokens. */
const keyVaultApplicationId = 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093'
const azureResourceHost = 'vault.azure.net'
/** What may be echoed into a header: printable ASCII of a sensible length. */
const echoablePattern = /^[\x20-\x7e]{1,128}$/
const longestFoundText = 256

/** Where one was refused: what a refusal's texts and headers are built from. */
interface RefusedRequest {
  readonly place: Place
  readonly host: string
}

/**
 * How the Key Vault data plane speaks: `{"error":{"code","message","innererror"?}}`, the 401 challenge that every official
 * client verifies, and Azure's 403 text. Source: contracts/key-vault.md §5 and §6, contracts/real-captures.md §1.
 */
export const vaultDialect: Dialect = {
  refuse(refusal, request) {
    return refuse(refusal, request)
  },
  deny(denial) {
    return denial.decision.accessPolicy === undefined
      ? new ServiceError('forbidden', 'Forbidden', describeDenial(denial), { innerCode: 'ForbiddenByRbac' })
      : accessDenied(denial, denial.decision.accessPolicy)
  },
  error(error) {
    const retry =
      error.retryAfterSeconds ?? (error.kind === 'throttled' || error.kind === 'unavailable' ? 1 : undefined)
    return answer(statusOf(error.kind), {
      code: error.code,
      message: error.message,
      inner: error.innerCode,
      headers: retry === undefined ? undefined : { 'retry-after': String(Math.max(1, Math.ceil(retry))) },
    })
  },
  headers(facts) {
    return commonHeaders(facts)
  },
}

/**
 * The resource that tokens for a vault's host are made for: the host without its first label, port and letter case kept,
 * because clients compare it with the host they called. Source: contracts/key-vault.md §5.2.
 */
export function resourceOf(host: string): string {
  return `https://${host.slice(host.indexOf('.') + 1)}`
}

/** The host of the token service that belongs to a vault's host: Azure's own for Azure's names, else `login.<domain>`. */
export function loginHostOf(host: string): string {
  const parent = host.slice(host.indexOf('.') + 1).toLowerCase()
  if (parent === azureResourceHost || parent.startsWith(`${azureResourceHost}:`)) return 'login.microsoftonline.com'
  return parent.startsWith('vault.') ? `login.${parent.slice('vault.'.length)}` : `login.${parent}`
}

/** The value of the one `WWW-Authenticate` header. wire: cannot change, each client has a parser of its own. */
export function challengeFor(request: RefusedRequest): string {
  return `Bearer authorization="https://${loginHostOf(request.host)}/${request.place.tenant}", resource="${resourceOf(request.host)}"`
}

function commonHeaders(facts: RequestFacts): Readonly<Record<string, string>> {
  const echo = facts.clientRequestId
  return echo !== undefined && echoablePattern.test(echo)
    ? {
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        'x-ms-request-id': facts.requestId,
        'x-ms-client-request-id': echo,
      }
    : { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'x-ms-request-id': facts.requestId }
}

interface ErrorAnswer {
  readonly code: string
  readonly message: string
  readonly inner?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

function answer(status: number, error: ErrorAnswer): OperationResponse {
  return {
    status,
    headers: error.headers === undefined ? jsonHeaders : { ...jsonHeaders, ...error.headers },
    body: JSON.stringify({
      error: {
        code: error.code,
        message: error.message,
        ...(error.inner === undefined ? {} : { innererror: { code: error.inner } }),
      },
    }),
  }
}

function refuse(refusal: Refusal, request: RefusedRequest): OperationResponse {
  switch (refusal.reason) {
    case 'unauthenticated':
      return answer(401, {
        code: 'Unauthorized',
        message: describeTokenRefusal(refusal.token, request),
        headers: { 'www-authenticate': challengeFor(request) },
      })
    case 'malformed-path':
      return answer(400, { code: 'BadParameter', message: 'The request URI contains an invalid path.' })
    case 'malformed-query':
      return answer(400, { code: 'BadParameter', message: 'The request URI contains an invalid query.' })
    case 'api-version':
      return answer(400, {
        code: 'BadParameter',
        message:
          refusal.given === undefined
            ? "The request URI lacks the parameter 'api-version'."
            : "The request URI contains an invalid 'api-version'.",
      })
    case 'unsupported-host':
    case 'unknown-route':
      return answer(404, { code: 'NotFound', message: 'The request URI names no resource of this service.' })
    case 'unknown-vault':
      return answer(404, { code: 'VaultNotFound', message: 'There is no key vault of this name.' })
    case 'method-not-allowed':
      return answer(405, {
        code: 'MethodNotAllowed',
        message: 'The resource does not support this method.',
        headers: { allow: refusal.allowed.join(', ') },
      })
    case 'body-too-large':
      return answer(413, {
        code: 'RequestEntityTooLarge',
        message: `The request body is larger than ${refusal.maximumBytes} bytes.`,
      })
    case 'not-ready':
      return answer(503, {
        code: 'ServiceUnavailable',
        message: 'The service is not ready. Try again.',
        headers: { 'retry-after': '1' },
      })
  }
}

function describeTokenRefusal(token: TokenRefusal, request: RefusedRequest): string {
  const found = (token.found ?? '').slice(0, longestFoundText)
  const tenant = request.place.tenant
  switch (token.reason) {
    case 'missing':
      return 'AKV10000: Request is missing a Bearer or PoP token.'
    case 'audience':
      return `AKV10022: Invalid audience. Expected ${audiencesOf(request.host).join(' or ')}, found: ${found}.`
    case 'issuer':
    case 'tenant':
      return `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenant}/, https://login.microsoftonline.com/${tenant}/v2.0, found ${found}.`
    case 'key':
      return 'AKV10046: Unable to resolve the key used for signature validation.'
    case 'malformed':
      return '[BearerReadAccessTokenFailed] Error validating token: it cannot be read as a JSON Web Token.'
    case 'algorithm':
      return '[TokenInvalid] Error validating token: its signature algorithm is not accepted.'
    case 'signature':
      return '[TokenInvalid] Error validating token: its signature is not valid.'
    case 'expired':
      return '[TokenExpired] Error validating token: it has expired.'
    case 'not-yet-valid':
      return '[TokenNotYetValid] Error validating token: it is not valid yet.'
    case 'revoked':
      return '[TokenRevoked] Error validating token: it has been revoked. Request a new one.'
    case 'principal':
      return '[TokenInvalid] Error validating token: its principal does not exist or is disabled.'
  }
}

function audiencesOf(host: string): readonly string[] {
  const resource = resourceOf(host)
  const azure = `https://${azureResourceHost}`
  return resource.toLowerCase() === azure ? [azure, keyVaultApplicationId] : [resource, azure, keyVaultApplicationId]
}

/** The refusal of a vault whose access policies decide. Source: contracts/key-vault.md §6. */
function accessDenied({ caller, place }: Denial, missing: MissingAccessPolicy): ServiceError {
  const { permission, isNamed, groups } = missing
  const vault = `${place.name};location=${place.location}`
  const message =
    isNamed && permission !== undefined
      ? `The user, group or application 'appid=${caller.clientId};oid=${caller.principal};numgroups=${groups};iss=${caller.issuer}' does not have ${permission} permission on key vault '${vault}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`
      : ['Access denied. Caller was not found on any access policy.', describeCaller(caller), `Vault: ${vault}`].join(
          '\r\n',
        )
  return new ServiceError('forbidden', 'Forbidden', message, { innerCode: 'AccessDenied' })
}

/** The line that names the caller in the texts of refusals. */
export function describeCaller(caller: Caller): string {
  return `Caller: appid=${caller.clientId};oid=${caller.principal};iss=${caller.issuer}`
}

/** Azure's text, line by line; the reason stays `null`, as captured, when simply nothing grants the action. */
function describeDenial({ decision, caller, place }: Denial): string {
  const { denyAssignmentId, reason } = decision
  return [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    describeCaller(caller),
    `Action: '${decision.action.name}'`,
    `Resource: '${decision.scope.path}'`,
    'Assignment: (not found)',
    `DenyAssignmentId: ${denyAssignmentId === undefined ? 'null' : `'${denyAssignmentId}'`}`,
    // wire: cannot change, real answers have the blank before the line's end.
    `DecisionReason: ${reason === 'NoAssignment' ? 'null' : `'${reason}'`} `,
    `Vault: ${place.name};location=${place.location}`,
    '',
  ].join('\r\n')
}
