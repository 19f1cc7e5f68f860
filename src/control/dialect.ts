import { ServiceError, statusOf } from '#base/errors.ts'
import type { Dialect, OperationResponse, Refusal } from '#operation/operation.ts'

/** How the control socket speaks: `{"error":{"code","message"}}`. */
export const controlDialect: Dialect = {
  refuse: (refusal) => refuse(refusal),
  deny: () => new ServiceError('forbidden', 'Forbidden', 'This may not be done over the control socket.'),
  error: (error) => say(statusOf(error.kind), error.code, error.message),
  headers: (facts) => ({ 'cache-control': 'no-store', 'x-ms-request-id': facts.requestId }),
}

function refuse(refusal: Refusal): OperationResponse {
  switch (refusal.reason) {
    case 'unknown-route':
    case 'unknown-vault':
    case 'unsupported-host':
      return say(404, 'NotFound', 'There is no such operation on the control socket.')
    case 'method-not-allowed':
      return {
        ...say(405, 'MethodNotAllowed', 'This path does not answer this method.'),
        headers: { allow: refusal.allowed.join(', ') },
      }
    case 'body-too-large':
      return say(413, 'RequestEntityTooLarge', `A request body has at most ${refusal.maximumBytes} bytes.`)
    case 'not-ready':
      return say(503, 'NotReady', 'The server is starting or stopping.')
    case 'malformed-path':
    case 'malformed-query':
    case 'api-version':
      return say(400, 'BadRequest', 'The request target is malformed.')
    case 'unauthenticated':
      return say(401, 'Unauthorized', 'The control socket asks nobody for a token.')
  }
}

function say(status: number, code: string, message: string): OperationResponse {
  return { status, body: JSON.stringify({ error: { code, message } }) }
}
