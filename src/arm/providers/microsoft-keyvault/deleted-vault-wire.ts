import { childScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, tryParseVaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { parseLocation } from '../../locations.ts'
import { formatResourceId, parseSubscription } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { type DeletedVaultAddress, deletedVaultNotFound } from './deleted-vault.ts'

/** First api-version with soft delete. */
export const deletedVaultsSince = '2016-10-01'
export const deletedVaultPath =
  '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}'

/**
 * The deleted vault that a path names, and its scope. Throws `not-found` `DeletedVaultNotFound` for what can be no vault's
 * name, and `malformed` for an unknown location.
 */
export function parseDeletedVault(path: Readonly<Record<string, string>>): {
  readonly target: Scope
  readonly address: DeletedVaultAddress
} {
  const { subscription, scope } = parseSubscription(path)
  const location = parseLocation(path['location'])
  const text = path['name'] ?? ''
  const name = tryParseVaultName(text)
  if (name === undefined) throw deletedVaultNotFound(text)
  const segments = ['providers', 'Microsoft.KeyVault', 'locations', location, 'deletedVaults', name]
  return { target: childScope(scope, ...segments), address: { subscription, location, name } }
}

/** A deleted vault on the wire. Source: contracts/resource-manager-and-container-apps.md §3. */
export function renderDeletedVault(vault: VaultRecord): JsonObject {
  const { address, deletion, location, settings } = vault
  if (deletion === undefined) {
    throw new ServiceError('internal', 'InternalServerError', 'A vault that is not deleted was shown as deleted.')
  }
  return {
    id: `/subscriptions/${address.subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${address.name}`,
    name: address.name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: formatResourceId(address, vaultType),
      location,
      tags: vault.tags,
      deletionDate: formatSecond(deletion.deletedAt),
      scheduledPurgeDate: formatSecond(deletion.scheduledPurgeAt),
      ...(settings.purgeProtection ? { purgeProtectionEnabled: true } : {}),
    },
  }
}

/** wire: whole seconds, `2026-11-22T01:51:13Z`. */
function formatSecond(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** Where a deleted vault stands in the list of its subscription, which is ordered by name alone. */
export function deletedVaultPosition({ address }: VaultRecord): { readonly resourceGroup: ''; readonly name: string } {
  return { resourceGroup: '', name: canonicalName(address.name) }
}
