import { type ClientId, type PrincipalId, type TenantId, tryParseGuid } from '#base/ids.ts'

/** The claims of an access token of ours that anything is decided by. */
export interface TokenClaims {
  readonly issuer: string
  readonly tenant: TenantId
  /** As minted. */
  readonly audience: string
  readonly principal: PrincipalId
  readonly clientId: ClientId
  readonly kind: 'user' | 'application'
  readonly tokenId: string
  readonly issuedAtSeconds: number
  readonly notBeforeSeconds: number
  readonly expiresAtSeconds: number
  readonly displayName: string | undefined
  readonly auditClaimsJson: string
}

/**
 * The claims in a verified payload, or undefined if one that decides anything is absent or of another type: a token of ours
 * has them all.
 */
export function parseTokenClaims(payload: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const tenant = tryParseGuid<TenantId>(payload['tid'])
  const principal = tryParseGuid<PrincipalId>(payload['oid'])
  const clientId = tryParseGuid<ClientId>(payload['appid'] ?? payload['azp'])
  const { iss: issuer, aud: audience, uti: tokenId, idtyp, iat, nbf, exp } = payload
  if (tenant === undefined || principal === undefined || clientId === undefined) return undefined
  if (typeof issuer !== 'string' || typeof audience !== 'string' || typeof tokenId !== 'string') return undefined
  if (!isEpochSeconds(iat) || !isEpochSeconds(nbf) || !isEpochSeconds(exp)) return undefined
  if (idtyp !== 'app' && idtyp !== 'user') return undefined
  const shown = idtyp === 'user' ? payload['upn'] : payload['xms_mirid']
  return {
    issuer,
    tenant,
    audience,
    principal,
    clientId,
    kind: idtyp === 'user' ? 'user' : 'application',
    tokenId,
    issuedAtSeconds: iat,
    notBeforeSeconds: nbf,
    expiresAtSeconds: exp,
    displayName: typeof shown === 'string' ? shown : undefined,
    auditClaimsJson: renderAuditClaims(payload),
  }
}

/** The form in which audiences are compared: letter case and one trailing slash do not matter. */
export function canonicalAudience(audience: string): string {
  const lower = audience.toLowerCase()
  return lower.endsWith('/') ? lower.slice(0, -1) : lower
}

/** The audiences a resource answers to, in the form they are compared in. */
export function audienceSet(audiences: Iterable<string>): ReadonlySet<string> {
  return new Set([...audiences].map(canonicalAudience))
}

/** The `iss` of a tenant's v1 tokens. Wire: cannot change. */
export function issuerV1(tenant: TenantId): string {
  return `https://sts.windows.net/${tenant}/`
}

/** The `iss` of a tenant's v2 tokens. Wire: cannot change. */
export function issuerV2(tenant: TenantId): string {
  return `https://login.microsoftonline.com/${tenant}/v2.0`
}

/** Everything of a token that an audit record may show. Source: Key Vault's AuditEvent, `identity.claim`. */
const auditedClaims = [
  'oid',
  'appid',
  'appidacr',
  'idtyp',
  'xms_mirid',
  'xms_az_nwperimid',
  'scp',
  'upn',
  'unique_name',
] as const

function renderAuditClaims(payload: Readonly<Record<string, unknown>>): string {
  const shown: Record<string, unknown> = {}
  for (const name of auditedClaims) {
    const value = payload[name]
    if (typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))) {
      shown[name] = value
    }
  }
  return JSON.stringify(shown)
}

function isEpochSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
