import type { ClientId, PrincipalId, TenantId } from '#base/ids.ts'
import type { Caller } from './caller.ts'
import { issuerV1 } from './token-claims.ts'

/**
 * A managed identity as a caller, when this program itself acts for the workload that has it: what it does is decided and
 * recorded as that identity's. `epoch` is the tenant's current one. Never for a request that came in from outside: that has
 * to show a token.
 */
export function callerAsWorkload(identity: {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly clientId: ClientId
  /** ARM id: of the app for its system-assigned identity, of the identity itself otherwise. */
  readonly resourceId: string
  readonly epoch: number
  readonly now: Date
}): Caller {
  const { tenant, principal, clientId, resourceId, epoch, now } = identity
  const nowSeconds = Math.floor(now.getTime() / 1000)
  return {
    tenant,
    principal,
    kind: 'application',
    clientId,
    tokenId: '',
    keyId: '',
    issuedAtSeconds: nowSeconds,
    expiresAtSeconds: nowSeconds,
    issuer: issuerV1(tenant),
    epoch,
    auditClaimsJson: JSON.stringify({ oid: principal, appid: clientId, idtyp: 'app', xms_mirid: resourceId }),
    displayName: resourceId,
  }
}
