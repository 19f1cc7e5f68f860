import { ServiceError } from '#base/errors.ts'
import type { SubscriptionId, VaultName } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import type { VaultRecord } from '../../vault-resources.ts'

/** Which deleted vault: it is known by subscription, location and name, for its group may be gone. */
export interface DeletedVaultAddress {
  readonly subscription: SubscriptionId
  readonly location: string
  readonly name: VaultName
}

/** A vault that is deleted and not purged. Throws `not-found` `DeletedVaultNotFound`. */
export async function requireDeletedVault(
  { vaults }: Pick<ResourceManagerDependencies, 'vaults'>,
  reader: Reader,
  address: DeletedVaultAddress,
): Promise<DeletedVault> {
  const vault = await vaults.findByName(reader, address.name)
  if (vault?.deletion === undefined || vault.address.subscription !== address.subscription) {
    throw deletedVaultNotFound(address.name)
  }
  if (vault.location !== address.location) throw deletedVaultNotFound(address.name)
  return { ...vault, deletion: vault.deletion }
}

export interface DeletedVault extends VaultRecord {
  readonly deletion: NonNullable<VaultRecord['deletion']>
}

export function deletedVaultNotFound(name: string): ServiceError {
  return new ServiceError('not-found', 'DeletedVaultNotFound', `The specified deleted vault '${name}' does not exist.`)
}
