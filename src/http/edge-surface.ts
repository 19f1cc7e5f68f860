import { type ServiceError, statusOf } from '#base/errors.ts'
import type { Dialect, OperationResponse, RequestFacts, Surface } from '#operation/operation.ts'

function say(status: number, code: string, message: string): OperationResponse {
  return { status, body: JSON.stringify({ error: { code, message } }) }
}

const dialect: Dialect = {
  refuse: (refusal) =>
    refusal.reason === 'unsupported-host'
      ? say(421, 'MisdirectedRequest', 'This server does not answer for the host that the request names.')
      : say(400, 'BadRequest', 'The request is malformed.'),
  deny: () => {
    throw new TypeError('The edge authorizes nobody.')
  },
  error: (error: ServiceError) => say(statusOf(error.kind), error.code, error.message),
  headers: (facts: RequestFacts) => ({ 'x-ms-request-id': facts.requestId }),
}

/** What speaks where no host is ours, and so no surface: plain JSON, no operations. */
export function createEdgeSurface(): Surface {
  return { name: 'edge', operations: [], maximumBodyBytes: 0, apiVersions: 'none', dialect }
}
