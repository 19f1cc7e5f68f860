import type { Guid, TenantId } from '#base/ids.ts'
import type { Place } from '#operation/operation.ts'
import type { DomainSealer, Seal } from '#seal/seal.ts'
import { type VaultStore, vaultDomain } from '../vault-store.ts'
import type { OpenedSecrets } from './opened-secrets.ts'
import type { SecretIdentity } from './secret-identity.ts'

/** What the operations on secrets need; each is made by a factory over this. */
export interface SecretDependencies {
  readonly seal: Seal
  readonly vaults: VaultStore
  readonly opened: OpenedSecrets
  /** What all backups of a tenant are sealed with; made when it is first asked for. */
  readonly backupSealer: (tenant: TenantId) => Promise<DomainSealer>
}

/** The key that rows and caches of one secret of the place are bound to. */
export function identityOf(place: Place, canonical: string): SecretIdentity {
  return { tenant: place.tenant, vault: place.id, canonical }
}

/** The vault's sealer, before a transaction is open: loading its key may take a statement of its own. */
export function sealerOf(seal: Seal, vault: Guid): DomainSealer | Promise<DomainSealer> {
  const domain = vaultDomain(vault)
  return seal.openedDomain(domain) ?? seal.domain(domain)
}
