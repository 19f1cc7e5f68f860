import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SubscriptionId, tryParseVaultName, type VaultName } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceAddress, ResourceManagerDependencies, VaultRecord } from '../../dependencies.ts'
import { resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'

type Its = Pick<ResourceManagerDependencies, 'vaults'>

/** The active vault at this address; a name alone, in another group or subscription, is not enough. */
export async function findVault(
  { vaults }: Its,
  reader: Reader,
  address: ResourceAddress,
): Promise<VaultRecord | undefined> {
  const name = tryParseVaultName(address.name)
  const vault = name === undefined ? undefined : await vaults.findByName(reader, name)
  if (vault === undefined || vault.state !== 'active') return undefined
  const { subscription, resourceGroup } = vault.address
  const isThere =
    subscription === address.subscription && canonicalName(resourceGroup) === canonicalName(address.resourceGroup)
  return isThere ? vault : undefined
}

/** The same. Throws `not-found` `ResourceNotFound`. */
export async function requireVault(its: Its, reader: Reader, address: TypedResourceAddress): Promise<VaultRecord> {
  const vault = await findVault(its, reader, address)
  if (vault === undefined) throw resourceNotFound(address)
  return vault
}

/** Which deleted vault: it is known by subscription, location and name, for its group may be gone. */
export interface DeletedVaultAddress {
  readonly subscription: SubscriptionId
  readonly location: string
  readonly name: VaultName
}

/** A vault that is deleted and not purged. Throws `not-found` `DeletedVaultNotFound`. */
export async function requireDeletedVault(
  { vaults }: Its,
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
