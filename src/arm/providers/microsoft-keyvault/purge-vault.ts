import type { Writer } from '#storage/database.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeSettingsOf } from '../../diagnostic-setting-store.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { resourceScope } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { deletedVaultNotFound } from './deleted-vault.ts'

/**
 * Destroys a deleted vault with its domain key and everything that hangs on it: diagnostic settings, and role assignments at
 * the vault and below, so that they do not come back to life with another vault of its name. The caller's write moves the generation.
 * Throws `not-found` `DeletedVaultNotFound`.
 */
export async function purgeVault(
  { vaults }: Pick<ResourceManagerDependencies, 'vaults'>,
  writer: Writer,
  { id, address }: VaultRecord,
): Promise<void> {
  if (!(await vaults.purge(writer, id))) throw deletedVaultNotFound(address.name)
  await removeRoleAssignmentsWithin(writer, resourceScope(address, vaultType))
  await removeSettingsOf(writer, id)
}
