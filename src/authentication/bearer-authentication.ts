import type { TenantId } from '#base/ids.ts'
import type { Authentication, TokenProof, TokenRefusal } from './caller.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** What one connection remembers of the last request's authentication. */
interface AuthenticationMemory {
  token: string | undefined
  proof?: TokenProof | undefined
}

/** The part of a request that says who calls, and where. */
export interface BearerRequest<Place> {
  /** The `Authorization` header as it came. */
  readonly authorization: string | undefined
  readonly place: Place
  readonly host: string
  readonly connection: AuthenticationMemory
}

export interface BearerAuthenticationDependencies<Place> {
  readonly verifier: TokenVerifier
  /**
   * The audiences (made by `audienceSet`) that a resource at this place answers to. Returns the same set for the same
   * answer, so that a connection can recognise it; a new set each time is correct but slow.
   */
  audiencesFor(place: Place, host: string): ReadonlySet<string>
}

const missing: TokenRefusal = { outcome: 'refused', reason: 'missing', signed: false }
const bearerScheme = /^Bearer +(\S+) *$/i

/**
 * Makes the `authenticate` of a surface that takes bearer tokens.
 *
 * A connection remembers its last token: the same header for the same audiences and tenant is not verified again, only its
 * expiry and the revocation epoch are compared. Any other scheme than Bearer counts as no token.
 * Source: RFC 6750 §2.1.
 */
export function createBearerAuthentication<Place extends { readonly tenant: TenantId }>(
  dependencies: BearerAuthenticationDependencies<Place>,
): (request: BearerRequest<Place>) => Authentication | Promise<Authentication> {
  const { verifier } = dependencies
  return ({ authorization, place, host, connection }) => {
    if (authorization === undefined) return missing
    const audiences = dependencies.audiencesFor(place, host)
    const { proof } = connection
    if (
      proof !== undefined &&
      connection.token === authorization &&
      proof.audiences === audiences &&
      proof.authentication.caller.tenant === place.tenant &&
      verifier.isStillGood(proof.authentication.caller)
    ) {
      return proof.authentication
    }
    const token = bearerScheme.exec(authorization)?.[1]
    if (token === undefined) return missing
    const remember = (authentication: Authentication): Authentication => {
      const passed = authentication.outcome === 'authenticated'
      connection.token = passed ? authorization : undefined
      connection.proof = passed ? { audiences, authentication } : undefined
      return authentication
    }
    const result = verifier.verify(token, { tenant: place.tenant, audiences })
    return result instanceof Promise ? result.then(remember) : remember(result)
  }
}
