/**
 * authentication: who calls. Verifies access tokens and workload sessions against signature, issuer, tenant, audience, time and
 * revocation; never decides what the caller may do.
 */
import type { ClientId, PrincipalId, TenantId } from '#base/ids.ts'

/** An authenticated principal, with what the audit record and error texts may show of its token. */
export interface Caller {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly kind: 'user' | 'application'
  readonly clientId: ClientId
  /** The token's unique id, `uti`. */
  readonly tokenId: string
  /** The key that signed the token, `kid`. */
  readonly keyId: string
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
  /** The issuer claim, `iss`. */
  readonly issuer: string
  /** Revocation epoch the token was checked at. */
  readonly epoch: number
  /** The identity claims of the audit record, ready as a JSON object's text. */
  readonly auditClaimsJson: string
  /** `upn` for users, `xms_mirid` for managed identities; undefined otherwise. */
  readonly displayName: string | undefined
}

/** Why a request is not authenticated. `signed` says that the token was ours and well signed. */
export interface TokenRefusal {
  readonly outcome: 'refused'
  readonly reason:
    | 'missing'
    | 'malformed'
    | 'algorithm'
    | 'key'
    | 'signature'
    | 'issuer'
    | 'tenant'
    | 'audience'
    | 'expired'
    | 'not-yet-valid'
    | 'revoked'
    | 'principal'
  readonly signed: boolean
  /** What was found where something else was expected (audience, issuer); safe to show. */
  readonly found?: string
}

export type Authentication = { readonly outcome: 'authenticated'; readonly caller: Caller } | TokenRefusal

/** What a connection's last token proved, and against which audiences: at another resource it proves nothing. */
export interface TokenProof {
  readonly audiences: ReadonlySet<string>
  readonly authentication: Extract<Authentication, { outcome: 'authenticated' }>
}
