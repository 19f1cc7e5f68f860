import { type ErrorKind, ServiceError, statusOf } from '#base/errors.ts'
import type { Dialect, OperationResponse, Refusal, RequestFacts } from '#operation/operation.ts'

/** The object an error is shown as. */
type ErrorShape = (error: ServiceError, facts: RequestFacts) => object

/** `statusCode`, `message` and `correlationId` for most clients, `error` with code and message for the others. */
export const appServiceDialect = createDialect(({ kind, code, message }, { requestId }) => ({
  statusCode: statusOf(kind),
  message,
  correlationId: requestId,
  error: { code, message },
}))

/** The instance metadata service speaks OAuth. */
export const imdsDialect = createDialect(({ code, message }) => ({ error: code, error_description: message }))

/** Azure Cloud Shell. */
export const cloudShellDialect = createDialect(({ code, message }) => ({ error: { code, message } }))

function createDialect(shape: ErrorShape): Dialect {
  const error = (failure: ServiceError, facts: RequestFacts): OperationResponse => ({
    status: statusOf(failure.kind),
    headers: {
      'Cache-Control': 'no-store',
      ...(failure.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(failure.retryAfterSeconds) }),
    },
    body: JSON.stringify(shape(withNumber(failure), facts)),
  })
  return {
    refuse(refusal, { facts }) {
      const response = error(refusalError(refusal), facts)
      if (refusal.reason !== 'method-not-allowed') return response
      return { ...response, headers: { ...response.headers, Allow: refusal.allowed.join(', ') } }
    },
    deny: () => new ServiceError('forbidden', 'access_denied', 'The request was denied.'),
    error,
    headers: (facts) => ({ 'x-ms-request-id': facts.requestId, 'X-Content-Type-Options': 'nosniff' }),
  }
}

/** Errors of the token service keep their number, where clients look for it. */
function withNumber(failure: ServiceError): ServiceError {
  if (failure.innerCode === undefined || !/^\d+$/.test(failure.innerCode)) return failure
  return new ServiceError(failure.kind, failure.code, `AADSTS${failure.innerCode}: ${failure.message}`)
}

/** Permanent faults are never 404, 408, 410 or 5xx, which clients try again and again; an unknown path is none of theirs. */
const refusals: Readonly<Record<Refusal['reason'], readonly [ErrorKind, string]>> = {
  unauthenticated: ['unauthenticated', 'The request proves no identity.'],
  'malformed-path': ['malformed', 'The request path is malformed.'],
  'malformed-query': ['malformed', 'The query is malformed, or a parameter was sent more than once.'],
  'unsupported-host': ['malformed', 'The request names a host that this endpoint does not answer for.'],
  'unknown-route': ['not-found', 'There is nothing at this path.'],
  'unknown-vault': ['not-found', 'There is nothing at this path.'],
  'method-not-allowed': ['method-not-allowed', 'The method is not allowed here.'],
  'body-too-large': ['too-large', 'The request body is too large.'],
  'api-version': ['malformed', "The 'api-version' is not supported."],
  'not-ready': ['unavailable', 'The service is starting.'],
}

function refusalError(refusal: Refusal): ServiceError {
  const [kind, message] = refusals[refusal.reason]
  return new ServiceError(kind, 'invalid_request', message, kind === 'unavailable' ? { retryAfterSeconds: 1 } : {})
}
