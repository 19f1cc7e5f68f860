import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import type { Action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { type ErrorKind, ServiceError, statusOf } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Denial, Dialect, OperationResponse, Refusal, RequestFacts } from '#operation/operation.ts'
import { quoteName } from './resource-id.ts'
import { findNamespace, typesOf } from './resource-types.ts'

const jsonContentType = 'application/json; charset=utf-8'

/**
 * How the resource manager speaks. `loginOrigin` gives the token service's origin for a request's origin.
 * Source: contracts/resource-manager-and-container-apps.md §1.
 */
export function createDialect(loginOrigin: (origin: string) => string): Dialect {
  return {
    refuse(refusal, request) {
      const { error, headers } = describeRefusal(refusal, request.path)
      if (refusal.reason !== 'unauthenticated') return answer(error, { ...headers, ...gateway })
      return answer(error, {
        'WWW-Authenticate': challenge(loginOrigin(request.origin), request.place.tenant, refusal.token),
        ...gateway,
      })
    },
    deny: describeDenial,
    error: (error) => answer(error, gatewayCodes.has(error.code) ? gateway : {}),
    headers,
  }
}

/** Says that the front door answered, not a resource provider. */
const gateway = { 'x-ms-failure-cause': 'gateway' } as const
const gatewayCodes: ReadonlySet<string> = new Set([
  'AuthorizationFailed',
  'DenyAssignmentAuthorizationFailed',
  'LinkedAuthorizationFailed',
  'InvalidResourceGroup',
  'InvalidResourceName',
  'InvalidResourceNamespace',
  'InvalidSubscriptionId',
  'MissingSubscriptionRegistration',
  'ResourceGroupNotFound',
  'ResourceNotFound',
  'ScopeLocked',
  'SubscriptionNotFound',
])

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
      const message = 'The requested resource does not support this HTTP method.'
      return {
        error: new ServiceError('method-not-allowed', 'MethodNotAllowed', message),
        headers: { Allow: refusal.allowed.join(', ') },
      }
    }
    case 'body-too-large': {
      const message = `The request body is larger than ${refusal.maximumBytes} bytes.`
      return { error: new ServiceError('too-large', 'RequestEntityTooLarge', message), headers: {} }
    }
    case 'api-version':
      return { error: describeApiVersion(refusal.given, path), headers: {} }
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

function describeApiVersion(given: string | undefined, path: string): ServiceError {
  if (given === undefined || given === '') {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.'
    return new ServiceError('malformed', 'MissingApiVersionParameter', message)
  }
  const { namespace, resourceType } = innermostType(path)
  const served = namespace === undefined ? undefined : findNamespace(namespace)
  const type = typesOf(served ?? '').find((known) => known.resourceType.toLowerCase() === resourceType?.toLowerCase())
  if (type === undefined || served === coreNamespace) {
    const message = `The api-version ${quoteName(given)} is invalid. It must be a date such as '2025-07-01', with '-preview' after it for previews.`
    return new ServiceError('malformed', 'InvalidApiVersionParameter', message, { target: 'api-version' })
  }
  const message = `No registered resource provider found for API version ${quoteName(given)} for type '${type.resourceType}'. The supported api-versions are '${type.apiVersions.join(', ')}'.`
  return new ServiceError('malformed', 'NoRegisteredProviderFound', message, { target: 'api-version' })
}

/** Its types are the resource manager's own and no provider's. */
const coreNamespace = 'Microsoft.Resources'
const providerPattern = /^.*\/providers\/([A-Za-z0-9.]{1,80})(?:\/+([A-Za-z0-9]{1,80}))?(?:\/|$)/i

/** The namespace and type that a path names last. */
function innermostType(path: string): {
  readonly namespace: string | undefined
  readonly resourceType: string | undefined
} {
  const match = providerPattern.exec(path)
  return { namespace: match?.[1], resourceType: match?.[2] }
}

function describeUnknownRoute(path: string): ServiceError {
  const { namespace, resourceType } = innermostType(path)
  if (namespace === undefined) {
    const message = 'The request did not have a subscription or a valid tenant level resource provider.'
    return new ServiceError('not-found', 'MissingSubscription', message)
  }
  if (findNamespace(namespace) === undefined) {
    const message = `The resource namespace '${namespace}' is invalid.`
    return new ServiceError('not-found', 'InvalidResourceNamespace', message)
  }
  const named = resourceType === undefined ? 'The resource type' : `The resource type '${resourceType}'`
  const message = `${named} could not be found in the namespace '${namespace}'.`
  return new ServiceError('not-found', 'InvalidResourceType', message)
}

/** Azure's words, then why. Source: contracts/resource-manager-and-container-apps.md §1.3. */
function describeDenial({ decision, caller, linkedFrom }: Denial): ServiceError {
  if (linkedFrom !== undefined && decision.reason === 'NoAssignment') {
    const message = `${describeClient(caller)} has permission to perform action '${linkedFrom.anyOf[0].name}' on scope '${linkedFrom.scope.path}'; however, it does not have permission to perform action(s) '${decision.action.name}' on the linked scope(s) '${decision.scope.path}' or the linked scope(s) are invalid.`
    return new ServiceError('forbidden', 'LinkedAuthorizationFailed', message)
  }
  switch (decision.reason) {
    case 'DenyAssignment': {
      const message = `${describeClient(caller)} has permission to perform action '${decision.action.name}' on scope '${decision.scope.path}'; however, it does not have permission because of the deny assignment with Id '${decision.denyAssignmentId ?? ''}'.`
      return new ServiceError('forbidden', 'DenyAssignmentAuthorizationFailed', message)
    }
    case 'NoAssignment':
    case 'NoAccessPolicy':
      return authorizationFailed(caller, decision.action, decision.scope)
    case 'ConditionNotFulfilled':
      return conditionNotFulfilled(caller, decision.action, decision.scope)
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

function conditionNotFulfilled(caller: Caller, action: Action, scope: Scope): ServiceError {
  const message = `${describeClient(caller)} does not have authorization or an ABAC condition not fulfilled to perform action '${action.name}' over scope '${scope.path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
  return new ServiceError('forbidden', 'AuthorizationFailed', message)
}

function describeClient(caller: Caller): string {
  return `The client '${caller.displayName ?? caller.clientId}' with object id '${caller.principal}'`
}
