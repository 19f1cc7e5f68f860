import type { TokenRefusal } from '#authentication/caller.ts'
import type { Clock } from '#base/clock.ts'
import { type ErrorKind, ServiceError, statusOf } from '#base/errors.ts'
import type { Dialect, OperationResponse, Refusal, RequestFacts } from '#operation/operation.ts'

/** Of every answer with a body. */
export const jsonContentType =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8'

/** The application id of Microsoft Graph. */
const graphApplicationId = '00000003-0000-0000-c000-000000000000'

/**
 * How Graph speaks: `{"error":{"code","message","innerError":{"date","request-id","client-request-id"}}}`. az reads
 * `error.message`. Source: contracts/identity.md §6; Microsoft Graph, "Error responses and resource types".
 */
export function createGraphDialect(clock: Clock): Dialect {
  const error = (failure: ServiceError, facts: RequestFacts): OperationResponse => ({
    status: statusOf(failure.kind),
    headers: {
      'Content-Type': jsonContentType,
      ...(failure.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(failure.retryAfterSeconds) }),
    },
    body: JSON.stringify({
      error: {
        code: failure.code,
        message: failure.message,
        innerError: {
          date: clock.now().toISOString().slice(0, 19),
          'request-id': facts.requestId,
          'client-request-id': facts.clientRequestId ?? facts.requestId,
        },
      },
    }),
  })
  return {
    refuse(refusal, { facts, path }) {
      const response = error(refusalError(refusal, path), facts)
      const extra = refusalHeaders(refusal)
      return extra === undefined ? response : { ...response, headers: { ...response.headers, ...extra } }
    },
    deny: () =>
      new ServiceError(
        'forbidden',
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      ),
    error,
    headers: (facts) => ({
      'request-id': facts.requestId,
      'client-request-id': facts.clientRequestId ?? facts.requestId,
      'Cache-Control': 'no-cache',
      'OData-Version': '4.0',
      'X-Content-Type-Options': 'nosniff',
    }),
  }
}

function refusalHeaders(refusal: Refusal): Readonly<Record<string, string>> | undefined {
  if (refusal.reason === 'method-not-allowed') return { Allow: refusal.allowed.join(', ') }
  if (refusal.reason !== 'unauthenticated') return undefined
  const endpoint = 'https://login.microsoftonline.com/common/oauth2/authorize'
  return {
    'WWW-Authenticate': `Bearer realm="", authorization_uri="${endpoint}", client_id="${graphApplicationId}"`,
  }
}

const refusals: Readonly<
  Record<Exclude<Refusal['reason'], 'unauthenticated' | 'unknown-route'>, readonly [ErrorKind, string, string]>
> = {
  'malformed-path': ['malformed', 'BadRequest', 'The request URI is malformed.'],
  'malformed-query': ['malformed', 'BadRequest', 'The query is malformed, or a parameter was sent more than once.'],
  'unsupported-host': ['not-found', 'BadRequest', 'No service answers at this host name.'],
  'unknown-vault': ['not-found', 'BadRequest', 'The resource was not found.'],
  'method-not-allowed': ['method-not-allowed', 'BadRequest', 'The method is not allowed for this resource.'],
  'body-too-large': ['too-large', 'BadRequest', 'The request body is too large.'],
  'api-version': ['malformed', 'BadRequest', 'Invalid version.'],
  'not-ready': ['unavailable', 'serviceNotAvailable', 'The service is starting.'],
}

function refusalError(refusal: Refusal, path: string): ServiceError {
  if (refusal.reason === 'unauthenticated') {
    return new ServiceError('unauthenticated', 'InvalidAuthenticationToken', describeToken(refusal.token))
  }
  if (refusal.reason === 'unknown-route') return unknownSegment(path)
  const [kind, code, message] = refusals[refusal.reason]
  return new ServiceError(kind, code, message, kind === 'unavailable' ? { retryAfterSeconds: 1 } : {})
}

/** Graph answers 400 for a path that it does not have, and says at which segment it was lost. */
function unknownSegment(path: string): ServiceError {
  const segments = path.split('/').filter((segment) => segment !== '')
  const [version = '', segment = ''] = segments
  const message =
    version.toLowerCase() === 'v1.0' ? `Resource not found for the segment '${plain(segment)}'.` : 'Invalid version.'
  return new ServiceError('malformed', 'BadRequest', message)
}

function plain(segment: string): string {
  return /^[A-Za-z0-9$_.()'-]{1,64}$/.test(segment) ? segment : '…'
}

function describeToken(token: TokenRefusal): string {
  switch (token.reason) {
    case 'missing':
      return 'Access token is empty.'
    case 'malformed':
    case 'algorithm':
      return 'CompactToken parsing failed with error code: 80049217'
    case 'expired':
    case 'not-yet-valid':
      return 'Lifetime validation failed, the token is expired.'
    case 'audience':
      return 'Access token validation failure. Invalid audience.'
    case 'tenant':
    case 'issuer':
      return 'Access token validation failure. Invalid issuer.'
    case 'key':
    case 'signature':
      return 'Access token validation failure. Invalid signature.'
    case 'revoked':
    case 'principal':
      return 'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp'
  }
}
