import { type Clock, toEpochSeconds } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import { sha256Binary } from '#crypto/hash.ts'
import { verifyRs256 } from '#crypto/signing.ts'
import type { Authentication, Caller, TokenRefusal } from './caller.ts'
import { judgeStanding } from './principal-standing.ts'
import type { Revocations } from './revocations.ts'
import { canonicalAudience, issuerV1, issuerV2, parseTokenClaims, type TokenClaims } from './token-claims.ts'
import { maximumTokenLength, parseObject, parseTokenStructure, type TokenStructure } from './token-structure.ts'
import type { VerificationKeys } from './verification-keys.ts'

/** What a token must be made for. */
interface Expectation {
  readonly tenant: TenantId
  /** Made by `audienceSet`. */
  readonly audiences: ReadonlySet<string>
}

export interface TokenVerifier {
  /**
   * Says who calls with this token. Answers at once for a token verified before at the present revocation epoch; otherwise
   * it checks structure, algorithm, key, signature, issuer, tenant, audience, time (no leeway: it is our own clock) and
   * revocation. Throws `unavailable` when revocation cannot be checked; a bad token never throws.
   * Source: RFC 7519 §7.2, RFC 8725.
   */
  verify(token: string, expectation: Expectation): Authentication | Promise<Authentication>
  /** Whether a caller authenticated earlier on the same connection is still good: time and epoch. Allocates nothing to speak of. */
  isStillGood(caller: Caller): boolean
}

export interface TokenVerifierDependencies {
  readonly keys: VerificationKeys
  readonly revocations: Revocations
  readonly clock: Clock
  /** How many verified tokens are kept in memory. */
  readonly maximumRemembered?: number
}

/** A token that passed every check which does not depend on the resource it is used at. */
interface VerifiedToken {
  readonly tenant: TenantId
  readonly audience: string
  readonly canonicalAudience: string
  readonly notBeforeSeconds: number
  readonly expiresAtSeconds: number
  readonly epoch: number
  readonly authentication: Extract<Authentication, { outcome: 'authenticated' }>
}

/** How far the clock of the server process that minted a token may be ahead of ours. */
const maximumAheadSeconds = 300

/** An epoch that moves during the check is looked at again this often. */
const tries = 3

/** Makes the verifier of access tokens that this server's own token service signed. */
export function createTokenVerifier(dependencies: TokenVerifierDependencies): TokenVerifier {
  return new OwnTokenVerifier(dependencies)
}

class OwnTokenVerifier implements TokenVerifier {
  readonly #its: TokenVerifierDependencies
  readonly #maximumRemembered: number
  /** By SHA-256 of the token; the entry says which tenant and epoch it holds for. Oldest first. */
  readonly #verified = new Map<string, VerifiedToken>()

  constructor(dependencies: TokenVerifierDependencies) {
    this.#its = dependencies
    this.#maximumRemembered = dependencies.maximumRemembered ?? 10_000
  }

  verify(token: string, expectation: Expectation): Authentication | Promise<Authentication> {
    if (token.length > maximumTokenLength) return refuse('malformed', false)
    const digest = sha256Binary(token)
    const known = this.#verified.get(digest)
    if (known !== undefined && known.epoch === this.#its.revocations.knownEpoch(known.tenant)) {
      return this.#checkUse(known, expectation) ?? known.authentication
    }
    return this.#verifyAfresh(token, digest, expectation)
  }

  isStillGood(caller: Caller): boolean {
    return (
      this.#its.revocations.knownEpoch(caller.tenant) === caller.epoch &&
      toEpochSeconds(this.#its.clock.now()) < caller.expiresAtSeconds
    )
  }

  async #verifyAfresh(token: string, digest: string, expectation: Expectation): Promise<Authentication> {
    const structure = parseTokenStructure(token)
    if ('outcome' in structure) return structure
    const { keys, revocations } = this.#its
    for (let tried = 0; tried < tries; tried++) {
      const claims = await this.#verifySignature(structure, expectation.tenant)
      if ('outcome' in claims) return claims
      const use = { ...claims, canonicalAudience: canonicalAudience(claims.audience) }
      const refusal = this.#checkUse(use, expectation)
      if (refusal !== undefined) return refusal
      // Else it would count as minted after every revocation until then.
      if (claims.issuedAtSeconds > toEpochSeconds(this.#its.clock.now()) + maximumAheadSeconds) {
        return refuse('not-yet-valid', true)
      }
      const { epoch, standing } = await revocations.load(claims.tenant, claims.principal)
      // A key may have been withdrawn at that very epoch: it counts only if the keys were read no earlier.
      if (!keys.areCurrent(claims.tenant, epoch)) {
        await keys.refresh(claims.tenant)
        continue
      }
      const revoked = judgeStanding(standing, claims.issuedAtSeconds)
      if (revoked !== undefined) return revoked
      const { authentication } = this.#remember(digest, { ...use, keyId: structure.keyId }, epoch)
      return authentication
    }
    throw new ServiceError('unavailable', 'StateMoving', 'The revocation state kept moving. Try again.', {
      retryAfterSeconds: 1,
    })
  }

  /** The claims of a token that a key of the tenant signed for an issuer of that tenant. */
  async #verifySignature(structure: TokenStructure, tenant: TenantId): Promise<TokenClaims | TokenRefusal> {
    const { keys, revocations } = this.#its
    const epoch = revocations.knownEpoch(tenant)
    if (epoch === undefined || !keys.areCurrent(tenant, epoch)) await keys.refresh(tenant)
    let key = keys.find(structure.keyId)
    if (key === undefined && (await keys.refreshForUnknownKey(tenant))) key = keys.find(structure.keyId)
    if (key === undefined) return refuse('key', false)
    if (!verifyRs256(key.publicKey, structure.signedPart, structure.signature)) return refuse('signature', false)
    const payload = parseObject(structure.payload)
    const claims = payload === undefined ? undefined : parseTokenClaims(payload)
    if (claims === undefined) return refuse('malformed', true)
    // A key speaks for its own tenant only, whatever the payload says.
    if (claims.issuer !== issuerV1(key.tenant) && claims.issuer !== issuerV2(key.tenant)) {
      return refuse('issuer', true, claims.issuer)
    }
    return claims.tenant === key.tenant ? claims : refuse('tenant', true)
  }

  #checkUse(
    token: Omit<VerifiedToken, 'epoch' | 'authentication'>,
    expectation: Expectation,
  ): TokenRefusal | undefined {
    if (token.tenant !== expectation.tenant) return refuse('tenant', true, issuerV1(token.tenant))
    if (!expectation.audiences.has(token.canonicalAudience)) return refuse('audience', true, token.audience)
    const now = toEpochSeconds(this.#its.clock.now())
    if (now < token.notBeforeSeconds) return refuse('not-yet-valid', true)
    return now < token.expiresAtSeconds ? undefined : refuse('expired', true)
  }

  #remember(
    digest: string,
    use: TokenClaims & { readonly canonicalAudience: string; readonly keyId: string },
    epoch: number,
  ): VerifiedToken {
    const { tenant, audience, notBeforeSeconds, expiresAtSeconds } = use
    const caller: Caller = {
      tenant,
      principal: use.principal,
      kind: use.kind,
      clientId: use.clientId,
      tokenId: use.tokenId,
      keyId: use.keyId,
      issuedAtSeconds: use.issuedAtSeconds,
      expiresAtSeconds,
      issuer: use.issuer,
      epoch,
      auditClaimsJson: use.auditClaimsJson,
      displayName: use.displayName,
    }
    const verified: VerifiedToken = {
      tenant,
      audience,
      canonicalAudience: use.canonicalAudience,
      notBeforeSeconds,
      expiresAtSeconds,
      epoch,
      authentication: { outcome: 'authenticated', caller },
    }
    this.#verified.delete(digest)
    if (this.#verified.size >= this.#maximumRemembered) {
      const [oldest] = this.#verified.keys()
      if (oldest !== undefined) this.#verified.delete(oldest)
    }
    this.#verified.set(digest, verified)
    return verified
  }
}

function refuse(reason: TokenRefusal['reason'], signed: boolean, found?: string): TokenRefusal {
  return found === undefined ? { outcome: 'refused', reason, signed } : { outcome: 'refused', reason, signed, found }
}
