import type { Clock } from '#base/clock.ts'
import { type ErrorKind, ServiceError, statusOf } from '#base/errors.ts'
import { tryParseGuid } from '#base/ids.ts'
import type { Dialect, OperationResponse, Refusal, RequestFacts } from '#operation/operation.ts'

/** How the token service speaks: OAuth error JSON with Entra's numbers. Source: RFC 6749 §5.2. */
export function createTokenDialect(clock: Clock): Dialect {
  const error = (failure: ServiceError, facts: RequestFacts): OperationResponse => {
    const { code, aadsts, message } = describe(failure)
    const timestamp = `${clock.now().toISOString().slice(0, 19).replace('T', ' ')}Z`
    const correlationId = correlationIdOf(facts)
    return {
      status: statusOf(failure.kind),
      headers: {
        ...noStore,
        ...(failure.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(failure.retryAfterSeconds) }),
      },
      body: JSON.stringify({
        error: code,
        error_description: `AADSTS${aadsts}: ${message} Trace ID: ${facts.requestId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
        error_codes: [aadsts],
        timestamp,
        trace_id: facts.requestId,
        correlation_id: correlationId,
        error_uri: `https://login.microsoftonline.com/error?code=${aadsts}`,
      }),
    }
  }
  return {
    refuse: (refusal, { facts }) => withAllowedMethods(refusal, error(refusalError(refusal), facts)),
    deny: () => new ServiceError('forbidden', 'access_denied', 'The request was denied.', { innerCode: '65004' }),
    error,
    headers: (facts) => ({ 'x-ms-request-id': facts.requestId, 'X-Content-Type-Options': 'nosniff' }),
  }
}

/** Headers of every answer that must not be kept. Source: RFC 6749 §5.1. */
export const noStore: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

const byKind: Readonly<Partial<Record<ErrorKind, { readonly code: string; readonly aadsts: number }>>> = {
  unavailable: { code: 'temporarily_unavailable', aadsts: 90033 },
  timeout: { code: 'temporarily_unavailable', aadsts: 90033 },
  throttled: { code: 'temporarily_unavailable', aadsts: 90055 },
  internal: { code: 'server_error', aadsts: 50000 },
  unsupported: { code: 'server_error', aadsts: 50000 },
}

/** An error that is not the token service's own has no number; its kind gives one. */
function describe(failure: ServiceError): { readonly code: string; readonly aadsts: number; readonly message: string } {
  const { message, innerCode } = failure
  if (innerCode !== undefined && /^\d{1,8}$/.test(innerCode)) {
    return { code: failure.code, aadsts: Number(innerCode), message }
  }
  return { ...(byKind[failure.kind] ?? { code: 'invalid_request', aadsts: 9002313 }), message }
}

function refusalError(refusal: Refusal): ServiceError {
  switch (refusal.reason) {
    case 'method-not-allowed':
      return refused(900561, `The endpoint only accepts ${refusal.allowed.join(', ')} requests.`)
    case 'body-too-large':
      return new ServiceError(
        'too-large',
        'invalid_request',
        `The request body is larger than ${refusal.maximumBytes} bytes.`,
        { innerCode: '90015' },
      )
    case 'unknown-route':
      return new ServiceError('not-found', 'invalid_request', 'There is nothing at this path.', { innerCode: '90043' })
    case 'unsupported-host':
      return refused(50049, 'Unknown or invalid instance.', 'invalid_instance')
    case 'not-ready':
      return new ServiceError('unavailable', 'temporarily_unavailable', 'The service is starting.', {
        retryAfterSeconds: 1,
      })
    case 'malformed-path':
    case 'malformed-query':
    case 'unknown-vault':
    case 'api-version':
    case 'unauthenticated':
      return refused(9002313, 'Invalid request. Request is malformed or invalid.')
  }
}

function refused(aadsts: number, message: string, code = 'invalid_request'): ServiceError {
  return new ServiceError('malformed', code, message, { innerCode: String(aadsts) })
}

/** A wrong verb must name the right ones, whatever the status. Source: RFC 9110 §10.2.1. */
function withAllowedMethods(refusal: Refusal, response: OperationResponse): OperationResponse {
  if (refusal.reason !== 'method-not-allowed') return response
  return { ...response, headers: { ...response.headers, Allow: refusal.allowed.join(', ') } }
}

/** Clients read their own id back; what is not a GUID is not echoed. */
function correlationIdOf(facts: RequestFacts): string {
  return tryParseGuid(facts.clientRequestId) ?? facts.requestId
}
