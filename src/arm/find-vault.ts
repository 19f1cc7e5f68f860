import { canonicalName, tryParseVaultName } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceManagerDependencies } from './dependencies.ts'
import { resourceNotFound, type TypedResourceAddress } from './resource-id.ts'
import type { ResourceAddress } from './tracked-resource.ts'
import type { VaultRecord } from './vault-resources.ts'

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
