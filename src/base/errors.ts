/**
 * base: what every other folder may lean on: errors, identifiers, time, randomness, encodings and the logging port.
 * Never holds domain rules and never does I/O.
 */

/** The failure classes an HTTP status is derived from; the code beside it is the wire's own. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'precondition-failed'
  | 'gone'
  | 'too-large'
  | 'throttled'
  | 'unsupported'
  | 'timeout'
  | 'unavailable'
  | 'internal'

const statusByKind: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'precondition-failed': 412,
  gone: 410,
  'too-large': 413,
  throttled: 429,
  unsupported: 501,
  timeout: 504,
  unavailable: 503,
  internal: 500,
}

/** The HTTP status (three digits) that answers an error of this kind, in every dialect. */
export function statusOf(kind: ErrorKind): number {
  return statusByKind[kind]
}

export interface ServiceErrorDetails {
  /** The offending field or resource, as the caller named it; never a value. */
  readonly target?: string
  /** A narrower wire code under `code` (Key Vault's `innererror.code`). */
  readonly innerCode?: string
  readonly cause?: unknown
  readonly retryAfterSeconds?: number
}

/**
 * The one error type that crosses folders. `code` is the wire's own word (`SecretNotFound`), `message` is safe to show:
 * it names fields and identifiers, never values, tokens, keys, SQL or paths. A dialect per surface turns it into bytes.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly kind: ErrorKind
  readonly code: string
  readonly target: string | undefined
  readonly innerCode: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, details: ServiceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.code = code
    this.target = details.target
    this.innerCode = details.innerCode
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}
