import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import type { Action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { type ErrorKind, ServiceError, statusOf } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Denial, Dialect, OperationResponse, Refusal, RequestFacts } from '#operation/operation.ts'

const jsonContentType = 'application/json; charset=utf-8'

/**
 * How the resource manager speaks. `loginOrigin` gives the token service's origin for a request's origin.
 * Source: contracts/resource-manager-and-container-apps.md §1.
 */
export function createDialect(loginOrigin: (origin: string) => string): Dialect {
  return {
    refuse(refusal, request) {
      const { error, headers } = describeRefusal(refusal, request.path)
      if (refusal.reason !== 'unauthenticated') return answer(error, { ...headers, 'x-ms-failure-cause': 'gateway' })
      return answer(error, {
        'WWW-Authenticate': challenge(loginOrigin(request.origin), request.place.tenant, refusal.token),
        'x-ms-failure-cause': 'gateway',
      })
    },
    deny: describeDenial,
    error: (error) => answer(error, {}),
    headers,
  }
}

function headers(facts: RequestFacts): Readonly<Record<string, string>> {
  return {
    'x-ms-request-id': facts.requestId,
    'x-ms-correlation-request-id': facts.requestId,
    'x-ms-routing-request-id': `LOCAL:${facts.requestId}`,
    ...(facts.clientRequestId === undefined ? {} : { 'x-ms-client-request-id': facts.clientRequestId }),
    'Cache-Control': 'no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
  }
}

function answer(error: ServiceError, headers: Readonly<Record<string, string>>): OperationResponse {
  const retry = error.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(error.retryAfterSeconds) }
  const target = error.target === undefined ? {} : { target: error.target }
  return {
    status: statusOf(error.kind),
    headers: { 'Content-Type': jsonContentType, ...retry, ...headers },
    body: JSON.stringify({ error: { code: error.code, message: error.message, ...target } }),
  }
}

function challenge(loginOrigin: string, tenant: TenantId, token: TokenRefusal): string {
  const uri = `Bearer authorization_uri="${loginOrigin}/${tenant}"`
  const { code, message } = describeToken(token)
  return `${uri}, error="${code === 'ExpiredAuthenticationToken' ? 'expired_token' : 'invalid_token'}", error_description="${message}"`
}

interface Description {
  readonly code: string
  readonly message: string
}

function describeToken(token: TokenRefusal): Description {
  switch (token.reason) {
    case 'missing':
      return { code: 'AuthenticationFailed', message: "Authentication failed. The 'Authorization' header is missing." }
    case 'expired':
      return { code: 'ExpiredAuthenticationToken', message: 'The access token expiry has passed.' }
    case 'tenant':
    case 'issuer':
      return {
        code: 'InvalidAuthenticationTokenTenant',
        message:
          'The access token is from the wrong issuer. It must match the tenant associated with this subscription.',
      }
    case 'audience':
      return {
        code: 'InvalidAuthenticationTokenAudience',
        message:
          "The access token has been obtained for the wrong audience. It must be for 'https://management.azure.com/'.",
      }
    case 'revoked':
    case 'principal':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is no longer valid.' }
    case 'malformed':
    case 'algorithm':
    case 'key':
    case 'signature':
    case 'not-yet-valid':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' }
  }
}

const refusalKinds = {
  'malformed-path': [
    'malformed',
    'InvalidRequestUri',
    'The request URI holds characters or segments that are not allowed.',
  ],
  'malformed-query': ['malformed', 'InvalidRequestUri', 'The query string holds control characters or is too long.'],
  'unsupported-host': ['not-found', 'InvalidHost', 'No service answers at this host name.'],
  'unknown-vault': ['not-found', 'ResourceNotFound', 'The resource was not found.'],
  'not-ready': ['unavailable', 'ServiceUnavailable', 'The service is not ready to answer.'],
} as const satisfies Record<string, readonly [ErrorKind, string, string]>

function describeRefusal(
  refusal: Refusal,
  path: string,
): { readonly error: ServiceError; readonly headers: Readonly<Record<string, string>> } {
  switch (refusal.reason) {
    case 'unauthenticated': {
      const { code, message } = describeToken(refusal.token)
      return { error: new ServiceError('unauthenticated', code, message), headers: {} }
    }
    case 'unknown-route':
      return { error: describeUnknownRoute(path), headers: {} }
    case 'method-not-allowed': {
      const message = 'The request method is not supported for this resource.'
      return {
        error: new ServiceError('method-not-allowed', 'HttpMethodNotSupported', message),
        headers: { Allow: refusal.allowed.join(', ') },
      }
    }
    case 'body-too-large': {
      const message = `The request body is larger than ${refusal.maximumBytes} bytes.`
      return { error: new ServiceError('too-large', 'RequestEntityTooLarge', message), headers: {} }
    }
    case 'api-version':
      return { error: describeApiVersion(refusal.given), headers: {} }
    case 'malformed-path':
    case 'malformed-query':
    case 'unsupported-host':
    case 'unknown-vault':
    case 'not-ready': {
      const [kind, code, message] = refusalKinds[refusal.reason]
      const retry = refusal.reason === 'not-ready' ? { retryAfterSeconds: 1 } : {}
      return { error: new ServiceError(kind, code, message, retry), headers: {} }
    }
  }
}

function describeApiVersion(given: string | undefined): ServiceError {
  if (given === undefined || given === '') {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.'
    return new ServiceError('malformed', 'MissingApiVersionParameter', message)
  }
  const message =
    "The api-version is invalid. It must be a date such as '2025-07-01', with '-preview' after it for previews."
  return new ServiceError('malformed', 'InvalidApiVersionParameter', message, { target: 'api-version' })
}

const providerPattern = /\/providers\/([A-Za-z0-9.]{1,80})(?:\/|$)/
const knownProviders = new Set([
  'microsoft.resources',
  'microsoft.keyvault',
  'microsoft.authorization',
  'microsoft.app',
])

function describeUnknownRoute(path: string): ServiceError {
  const namespace = providerPattern.exec(path)?.[1]
  if (namespace === undefined) {
    const message = 'The request did not have a subscription or a valid tenant level resource provider.'
    return new ServiceError('not-found', 'MissingSubscription', message)
  }
  if (!knownProviders.has(namespace.toLowerCase())) {
    return new ServiceError(
      'not-found',
      'InvalidResourceNamespace',
      `The resource namespace '${namespace}' is invalid.`,
    )
  }
  const message = `The resource type could not be found in the namespace '${namespace}'.`
  return new ServiceError('not-found', 'InvalidResourceType', message)
}

/** Azure's words, then why. Source: contracts/resource-manager-and-container-apps.md §1.3. */
function describeDenial({ decision, caller }: Denial): ServiceError {
  switch (decision.reason) {
    case 'DenyAssignment': {
      const message = `${describeClient(caller)} has permission to perform action '${decision.action.name}' on scope '${decision.scope.path}'; however, it does not have permission because of the deny assignment with Id '${decision.denyAssignmentId ?? ''}'.`
      return new ServiceError('forbidden', 'DenyAssignmentAuthorizationFailed', message)
    }
    case 'NoAssignment':
      return authorizationFailed(caller, decision.action, decision.scope)
    case 'PrincipalDisabled':
      return authorizationFailed(caller, decision.action, decision.scope, 'the client is disabled in the directory')
    case 'PrincipalUnknown':
      return authorizationFailed(caller, decision.action, decision.scope, 'the client does not exist in the directory')
  }
}

/** The 403 of an action that nothing allows, in Azure's words, and why. */
export function authorizationFailed(
  caller: Caller,
  action: Action,
  scope: Scope,
  reason = 'no role assignment of the client or its groups at this scope or above grants this action',
): ServiceError {
  return new ServiceError(
    'forbidden',
    'AuthorizationFailed',
    `${describeClient(caller)} does not have authorization to perform action '${action.name}' over scope '${scope.path}' or the scope is invalid. If access was recently granted, please refresh your credentials. Reason: ${reason}.`,
  )
}

function describeClient(caller: Caller): string {
  return `The client '${caller.displayName ?? caller.clientId}' with object id '${caller.principal}'`
}
