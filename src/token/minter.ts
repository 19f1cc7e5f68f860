import { loadPrincipalStanding } from '#authentication/principal-standing.ts'
import { issuerV1 } from '#authentication/token-claims.ts'
import { tokenBackdatingSeconds, tokenLifetimeSeconds } from '#authentication/token-times.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { ClientId, PrincipalId, TenantId } from '#base/ids.ts'
import { randomBytes } from '#base/random.ts'
import { SecretValue } from '#base/secret-value.ts'
import { sha256 } from '#crypto/hash.ts'
import { signRs256 } from '#crypto/signing.ts'
import type { Reader } from '#storage/database.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'
import type { TokenResources } from './resources.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Whose token, and for what. */
export interface MintRequest {
  readonly principal: PrincipalId
  readonly clientId: ClientId
  readonly kind: 'user' | 'application'
  /** How the client proved itself, for `appidacr`. */
  readonly credential: 'none' | 'secret' | 'certificate' | 'managed-identity'
  /** As the client wrote it; the token's `aud`, character by character. */
  readonly resource: string
  /** ARM id of the resource that hosts a managed identity, for `xms_mirid`. */
  readonly resourceId?: string | undefined
  /** ARM id of the resource that uses a user-assigned identity, for `xms_az_rid`. */
  readonly hostResourceId?: string | undefined
  readonly userPrincipalName?: string | undefined
  readonly displayName?: string | undefined
  /** Client capabilities for `xms_cc`, such as `CP1`. */
  readonly capabilities?: readonly string[]
}

export interface MintedToken {
  readonly accessToken: SecretValue
  /** As asked for. */
  readonly resource: string
  /** `uti`, for the audit record. */
  readonly tokenId: string
  readonly notBeforeSeconds: number
  readonly expiresAtSeconds: number
  readonly expiresInSeconds: number
}

export interface TokenMinter {
  /** Opens the tenant's signing key; to be called before the transaction in which `mint` is called. */
  prepare(tenant: TenantId): Promise<void>
  /**
   * Mints a v1 access token for a principal of the reader's tenant, valid for an hour.
   *
   * Throws `malformed` / `invalid_resource` for a resource that is not ours, `unauthenticated` / `unauthorized_client` for a
   * principal that is gone or disabled, `unavailable` when the signing keys have just changed. The token must leave only
   * after its audit record: call this from an operation's `handle` alone.
   */
  mint(reader: Reader, request: MintRequest): Promise<MintedToken>
}

export interface TokenMinterDependencies {
  readonly keys: SigningKeys
  readonly resources: TokenResources
  readonly clock: Clock
}

/** Makes the one place where access tokens come into being. */
export function createTokenMinter({ keys, resources, clock }: TokenMinterDependencies): TokenMinter {
  return {
    prepare: (tenant) => keys.prepare(tenant),
    async mint(reader, request) {
      const resource = resources.find(request.resource)
      if (resource === undefined) {
        throw oauthError(
          oauthErrors.unknownResource,
          `The resource principal named '${printable(request.resource)}' was not found in the tenant named '${reader.tenant}'.`,
        )
      }
      const standing = await loadPrincipalStanding(reader, request.principal)
      if (standing === undefined || !standing.enabled) {
        throw oauthError(oauthErrors.disabledClient, `Application '${request.clientId}' is disabled.`)
      }
      const signer = keys.signer(reader.tenant, reader.freshness.epoch)
      if (signer === undefined) {
        throw new ServiceError('unavailable', 'temporarily_unavailable', 'The signing keys have changed. Try again.', {
          retryAfterSeconds: 1,
        })
      }
      // A token minted in the second of a revocation, but after it, is stamped with the next second: times are whole seconds.
      const mintedAtSeconds = Math.max(
        Math.floor(clock.now().getTime() / 1000),
        Math.ceil(standing.tokensValidFrom / 1000),
      )
      const claims = createClaims(reader.tenant, request, mintedAtSeconds)
      const header = { typ: 'JWT', alg: 'RS256', x5t: signer.keyId, kid: signer.keyId }
      const signed = Buffer.from(`${encode(header)}.${encode(claims)}`, 'latin1')
      const signature = signRs256(signer.privateKey, signed).toString('base64url')
      return {
        accessToken: SecretValue.fromText(`${signed.toString('latin1')}.${signature}`),
        resource: request.resource,
        tokenId: claims.uti,
        notBeforeSeconds: claims.nbf,
        expiresAtSeconds: claims.exp,
        // The second that has begun is not promised; Entra answers 3599 as well.
        expiresInSeconds: tokenLifetimeSeconds - 1,
      }
    },
  }
}

/** Claims of a v1 access token. Source: contracts of Entra's access tokens, "access token claims reference". */
function createClaims(tenant: TenantId, request: MintRequest, mintedAtSeconds: number) {
  const issuer = issuerV1(tenant)
  const issuedAt = mintedAtSeconds - tokenBackdatingSeconds
  return {
    aud: request.resource,
    iss: issuer,
    iat: issuedAt,
    nbf: issuedAt,
    exp: mintedAtSeconds + tokenLifetimeSeconds,
    aio: opaque(24),
    appid: request.clientId,
    appidacr: appidacr[request.credential],
    idp: issuer,
    idtyp: request.kind === 'user' ? 'user' : 'app',
    oid: request.principal,
    rh: opaque(18),
    ...(request.kind === 'user' ? userClaims(request) : { sub: request.principal }),
    tid: tenant,
    uti: opaque(16),
    ver: '1.0',
    ...(request.resourceId === undefined ? {} : { xms_mirid: request.resourceId }),
    ...(request.hostResourceId === undefined ? {} : { xms_az_rid: request.hostResourceId }),
    ...(request.capabilities === undefined || request.capabilities.length === 0
      ? {}
      : { xms_cc: request.capabilities }),
  }
}

const appidacr: Readonly<Record<MintRequest['credential'], string>> = {
  none: '0',
  secret: '1',
  certificate: '2',
  'managed-identity': '2',
}

function userClaims(request: MintRequest) {
  const { userPrincipalName, displayName } = request
  return {
    // Pairwise: one client cannot recognise a user by what another was told.
    sub: sha256(`${request.clientId}/${request.principal}`).toString('base64url'),
    scp: 'user_impersonation',
    ...(displayName === undefined ? {} : { name: displayName }),
    ...(userPrincipalName === undefined ? {} : { upn: userPrincipalName, unique_name: userPrincipalName }),
  }
}

function opaque(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

function encode(object: object): string {
  return Buffer.from(JSON.stringify(object), 'utf8').toString('base64url')
}

/** A name from the caller as an error text may quote it. */
function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 200)
}
