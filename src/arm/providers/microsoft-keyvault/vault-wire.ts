import { childScope, rootScope, type Scope } from '#authorization/scope.ts'
import { canonicalName, type TenantId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { ListPosition, PublicNames, ResourceAddress, VaultRecord } from '../../dependencies.ts'
import { formatResourceId } from '../../resource-id.ts'
import { renderSystemData } from '../../wire.ts'

export const vaultType = 'Microsoft.KeyVault/vaults'
/** First api-version of vaults. */
export const vaultsSince = '2015-06-01'
export const vaultPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${vaultType}/{name}`

/** The scope under which a vault is authorised. */
export function vaultScope({ subscription, resourceGroup, name }: ResourceAddress): Scope {
  const type = vaultType.split('/')
  return childScope(
    rootScope,
    'subscriptions',
    subscription,
    'resourceGroups',
    resourceGroup,
    'providers',
    ...type,
    name,
  )
}

/** Where a vault stands in a list. */
export function vaultPosition({ address }: VaultRecord): ListPosition {
  return { resourceGroup: canonicalName(address.resourceGroup), name: canonicalName(address.name) }
}

/**
 * A vault on the wire. Permission model, network access and soft delete are as they are enforced: there is one of each.
 * Source: contracts/resource-manager-and-container-apps.md §3.
 */
export function renderVault(
  vault: VaultRecord,
  owner: { readonly tenant: TenantId; readonly names: PublicNames },
): JsonObject {
  const { address, settings } = vault
  return {
    id: formatResourceId(address, vaultType),
    name: address.name,
    type: vaultType,
    location: vault.location,
    tags: vault.tags,
    systemData: renderSystemData(vault.history),
    properties: {
      sku: { family: 'A', name: settings.sku },
      tenantId: owner.tenant,
      accessPolicies: [],
      networkAcls: { bypass: settings.networkBypass, defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
      enabledForDeployment: settings.enabledForDeployment,
      enabledForDiskEncryption: settings.enabledForDiskEncryption,
      enabledForTemplateDeployment: settings.enabledForTemplateDeployment,
      enableSoftDelete: true,
      softDeleteRetentionInDays: vault.retentionDays,
      enableRbacAuthorization: true,
      ...(settings.purgeProtection ? { enablePurgeProtection: true } : {}),
      vaultUri: `https://${canonicalName(address.name)}.${owner.names.vaultSuffix}/`,
      provisioningState: 'Succeeded',
      publicNetworkAccess: 'Enabled',
    },
  }
}
