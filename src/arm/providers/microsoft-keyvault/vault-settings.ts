import { action } from '#authorization/decision.ts'
import type { OperationContext } from '#operation/operation.ts'
import { authorizationFailed } from '../../dialect.ts'
import { resourceScope } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord, VaultSettings } from '../../vault-resources.ts'
import { requireCaller } from '../../wire.ts'
import type { DesiredVault } from './parse-vault.ts'

/** From this api-version on, a new vault uses roles unless it says otherwise. */
const rbacByDefaultSince = '2026-02-01'

/** What a new vault has where the request says nothing. Source: contracts/resource-manager-and-container-apps.md §0 fact 7, §3. */
export function newVaultSettings(desired: DesiredVault['settings'], apiVersion: string): VaultSettings {
  return settingsOver(desired, {
    sku: 'standard',
    enabledForDeployment: false,
    enabledForDiskEncryption: false,
    enabledForTemplateDeployment: false,
    purgeProtection: false,
    networkBypass: 'AzureServices',
    networkDefaultAction: 'Allow',
    ipRules: [],
    virtualNetworkRules: [],
    publicNetworkAccess: 'Enabled',
    privateEndpointConnections: [],
    rbacAuthorization: isRbacByDefault(apiVersion),
    accessPolicies: [],
  })
}

/**
 * A vault's settings after an update. Access policies stay when roles take over, and count again when they no longer do.
 * Throws `forbidden` `AuthorizationFailed` when the caller may not change who reads the vault's contents.
 */
export function changedVaultSettings(
  context: OperationContext,
  { desired, existing }: { readonly desired: DesiredVault['settings']; readonly existing: VaultRecord },
): VaultSettings {
  const settings = settingsOver(desired, existing.settings)
  requireAccessChange(context, existing, settings)
  return settings
}

/**
 * Whoever may write a vault may not thereby give rights to its contents: changing the permission model takes the right to
 * assign roles, and changing access policies the right to change those.
 */
function requireAccessChange(
  context: OperationContext,
  { address, settings: before }: VaultRecord,
  after: VaultSettings,
): void {
  const required =
    before.rbacAuthorization === after.rbacAuthorization
      ? JSON.stringify(before.accessPolicies) === JSON.stringify(after.accessPolicies)
        ? undefined
        : action('Microsoft.KeyVault/vaults/accessPolicies/write')
      : action('Microsoft.Authorization/roleAssignments/write')
  const scope = resourceScope(address, vaultType)
  if (required === undefined || context.permits(required, scope)) return
  throw authorizationFailed(requireCaller(context.caller), required, scope)
}

function settingsOver(desired: DesiredVault['settings'], kept: VaultSettings): VaultSettings {
  return {
    sku: desired.sku ?? kept.sku,
    enabledForDeployment: desired.enabledForDeployment ?? kept.enabledForDeployment,
    enabledForDiskEncryption: desired.enabledForDiskEncryption ?? kept.enabledForDiskEncryption,
    enabledForTemplateDeployment: desired.enabledForTemplateDeployment ?? kept.enabledForTemplateDeployment,
    purgeProtection: desired.purgeProtection ?? kept.purgeProtection,
    networkBypass: desired.networkBypass ?? kept.networkBypass,
    networkDefaultAction: desired.networkDefaultAction ?? kept.networkDefaultAction,
    ipRules: desired.ipRules ?? kept.ipRules,
    virtualNetworkRules: desired.virtualNetworkRules ?? kept.virtualNetworkRules,
    publicNetworkAccess: desired.publicNetworkAccess ?? kept.publicNetworkAccess,
    privateEndpointConnections: kept.privateEndpointConnections,
    rbacAuthorization: desired.rbacAuthorization ?? kept.rbacAuthorization,
    accessPolicies: desired.accessPolicies ?? kept.accessPolicies,
  }
}

/** Any date from 2026-02-01 on, and anything that is not a date counts as older. */
function isRbacByDefault(apiVersion: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(apiVersion) && apiVersion.slice(0, 10) >= rbacByDefaultSince
}
