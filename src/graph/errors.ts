import { ServiceError } from '#base/errors.ts'

/** What names no object, or none of the kind asked for: `not-found` `Request_ResourceNotFound`. */
export function objectNotFound(name: string): ServiceError {
  return new ServiceError(
    'not-found',
    'Request_ResourceNotFound',
    `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

/** A body or reference that cannot be used: `malformed` `Request_BadRequest`. */
export function badRequest(message: string, target?: string): ServiceError {
  return new ServiceError('malformed', 'Request_BadRequest', message, target === undefined ? {} : { target })
}

/** What Graph has and this server does not answer; never ignored, for a client would take the wrong objects. */
export function unsupportedQuery(message: string, target: string): ServiceError {
  return new ServiceError('malformed', 'Request_UnsupportedQuery', message, { target })
}
