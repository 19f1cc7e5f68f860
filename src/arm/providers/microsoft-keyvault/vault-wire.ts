import type { AccessPolicy } from '#authorization/access-policies.ts'
import { canonicalName, type TenantId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { PublicNames } from '../../dependencies.ts'
import { formatResourceId } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { ResourceAddress } from '../../tracked-resource.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { renderSystemData } from '../../wire.ts'

/** First api-version of vaults. */
export const vaultsSince = '2015-06-01'
export const vaultPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${vaultType}/{name}`

interface VaultOwner {
  readonly tenant: TenantId
  readonly names: PublicNames
}

/** The last text made of each vault that is held in memory: most clients come by one name. */
const lastText = new WeakMap<
  VaultRecord,
  { readonly suffix: string; readonly tenant: TenantId; readonly text: string }
>()

/** The JSON text of a vault on the wire. */
export function renderVaultText(vault: VaultRecord, owner: VaultOwner): string {
  const { tenant, names } = owner
  const last = lastText.get(vault)
  if (last !== undefined && last.suffix === names.vaultSuffix && last.tenant === tenant) return last.text
  const text = JSON.stringify(renderVault(vault, owner))
  lastText.set(vault, { suffix: names.vaultSuffix, tenant, text })
  return text
}

/**
 * A vault on the wire.
 * Source: contracts/resource-manager-and-container-apps.md §3.
 */
export function renderVault(vault: VaultRecord, owner: VaultOwner): JsonObject {
  const { address, settings } = vault
  const connections = settings.privateEndpointConnections.map(({ name, ...state }) => ({
    id: formatConnectionId(address, name),
    properties: renderConnectionState(state),
  }))
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
      accessPolicies: renderAccessPolicies(settings.accessPolicies),
      networkAcls: {
        bypass: settings.networkBypass,
        defaultAction: settings.networkDefaultAction,
        ipRules: settings.ipRules.map((value) => ({ value })),
        virtualNetworkRules: settings.virtualNetworkRules.map(({ id, ignoreMissingVnetServiceEndpoint }) => ({
          id,
          ignoreMissingVnetServiceEndpoint,
        })),
      },
      enabledForDeployment: settings.enabledForDeployment,
      enabledForDiskEncryption: settings.enabledForDiskEncryption,
      enabledForTemplateDeployment: settings.enabledForTemplateDeployment,
      enableSoftDelete: true,
      softDeleteRetentionInDays: vault.retentionDays,
      enableRbacAuthorization: settings.rbacAuthorization,
      ...(settings.purgeProtection ? { enablePurgeProtection: true } : {}),
      vaultUri: `https://${canonicalName(address.name)}.${owner.names.vaultSuffix}/`,
      provisioningState: 'Succeeded',
      publicNetworkAccess: settings.publicNetworkAccess,
      ...(connections.length > 0 ? { privateEndpointConnections: connections } : {}),
    },
  }
}

/** Access policies on the wire. */
export function renderAccessPolicies(policies: readonly AccessPolicy[]): JsonObject[] {
  return policies.map(({ tenantId, objectId, applicationId, permissions }) => ({
    tenantId,
    objectId,
    ...(applicationId === undefined ? {} : { applicationId }),
    permissions: Object.fromEntries(Object.entries(permissions).map(([kind, words]) => [kind, [...words]])),
  }))
}

/** The id of a private endpoint connection. */
export function formatConnectionId(vault: ResourceAddress, name: string): string {
  return `${formatResourceId(vault, vaultType)}/privateEndpointConnections/${name}`
}

/** `properties` of a private endpoint connection. */
export function renderConnectionState({
  status,
  description,
}: Pick<PrivateEndpointConnection, 'status' | 'description'>): JsonObject {
  return {
    privateLinkServiceConnectionState: { status, description, actionsRequired: 'None' },
    provisioningState: 'Succeeded',
  }
}
