import { ServiceError } from '#base/errors.ts'
import type { OperationRequest } from '#operation/operation.ts'

/** What only proxies and browsers send. A workload asks for its own token itself. */
const foreignHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-original-for',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-uri',
  'x-original-url',
  'origin',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
] as const

/**
 * Refuses a request that somebody else passed on, or that a web page sent: a server that can be talked into fetching an
 * address must not be able to fetch a token. Throws `malformed` / `invalid_request`.
 */
export function requireDirectRequest(request: OperationRequest): void {
  for (const name of foreignHeaders) {
    if (request.header(name) !== undefined) {
      throw new ServiceError('malformed', 'invalid_request', `The request must not carry the header '${name}'.`)
    }
  }
}

/** Refuses a Host that a rebound DNS name brought along. `hosts` are `name[:port]`; a name alone allows any port. */
export function requireHost(request: OperationRequest, hosts: readonly string[]): void {
  const authority = request.origin.slice(request.origin.indexOf('//') + 2).toLowerCase()
  const name = authority.replace(/:\d+$/, '')
  if (!hosts.includes(authority) && !hosts.includes(name)) {
    throw new ServiceError(
      'malformed',
      'invalid_request',
      'The request names a host that this endpoint does not answer for.',
    )
  }
}

/** The header that no cross-site form or image can send. Throws `malformed` / `invalid_request`. */
export function requireMetadataHeader(request: OperationRequest): void {
  if (request.header('metadata') !== 'true') {
    throw new ServiceError('malformed', 'invalid_request', 'Required metadata header not specified')
  }
}
