import { rootScope, type Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { respondJson } from '../../wire.ts'
import { vaultsSince } from './vault-wire.ts'

interface Permission {
  /** Below `Microsoft.KeyVault/`. */
  readonly name: string
  readonly resource: string
  readonly operation: string
  readonly isDataAction?: boolean
}

const permissions: readonly Permission[] = [
  { name: 'operations/read', resource: 'Operations', operation: 'List operations' },
  { name: 'checkNameAvailability/read', resource: 'Name Availability', operation: 'Check name availability' },
  { name: 'vaults/read', resource: 'Key Vault', operation: 'View key vault' },
  { name: 'vaults/write', resource: 'Key Vault', operation: 'Update key vault' },
  { name: 'vaults/delete', resource: 'Key Vault', operation: 'Delete key vault' },
  { name: 'vaults/accessPolicies/write', resource: 'Access Policy', operation: 'Update access policy' },
  {
    name: 'vaults/privateEndpointConnections/read',
    resource: 'Private Endpoint Connection',
    operation: 'View private endpoint connections',
  },
  {
    name: 'vaults/privateEndpointConnections/write',
    resource: 'Private Endpoint Connection',
    operation: 'Approve or reject a private endpoint connection',
  },
  {
    name: 'vaults/privateEndpointConnections/delete',
    resource: 'Private Endpoint Connection',
    operation: 'Delete private endpoint connection',
  },
  { name: 'vaults/privateLinkResources/read', resource: 'Private Link', operation: 'View private link resources' },
  { name: 'vaults/secrets/read', resource: 'Secret', operation: 'View secret properties' },
  { name: 'vaults/secrets/write', resource: 'Secret', operation: 'Update secret' },
  { name: 'deletedVaults/read', resource: 'Soft Deleted Vault', operation: 'View soft deleted vaults' },
  { name: 'locations/deletedVaults/read', resource: 'Soft Deleted Vault', operation: 'View soft deleted vault' },
  {
    name: 'locations/deletedVaults/purge/action',
    resource: 'Soft Deleted Vault',
    operation: 'Purge soft deleted vault',
  },
  { name: 'locations/operationResults/read', resource: 'Location', operation: 'Check operation result' },
  { name: 'vaults/secrets/getSecret/action', resource: 'Secret', operation: 'Get secret', isDataAction: true },
  { name: 'vaults/secrets/setSecret/action', resource: 'Secret', operation: 'Set secret', isDataAction: true },
  {
    name: 'vaults/secrets/readMetadata/action',
    resource: 'Secret',
    operation: 'View secret metadata',
    isDataAction: true,
  },
  { name: 'vaults/secrets/update/action', resource: 'Secret', operation: 'Update secret', isDataAction: true },
  { name: 'vaults/secrets/delete', resource: 'Secret', operation: 'Delete secret', isDataAction: true },
  { name: 'vaults/secrets/recover/action', resource: 'Secret', operation: 'Recover secret', isDataAction: true },
  { name: 'vaults/secrets/purge/action', resource: 'Secret', operation: 'Purge secret', isDataAction: true },
  { name: 'vaults/secrets/backup/action', resource: 'Secret', operation: 'Backup secret', isDataAction: true },
  { name: 'vaults/secrets/restore/action', resource: 'Secret', operation: 'Restore secret', isDataAction: true },
]

interface Output {
  readonly rows: readonly JsonObject[]
}

/** Operations_List: the permissions that this provider asks for. They are the same for everybody, so everybody may know. */
export const listKeyVaultOperations = defineOperation<{ readonly target: Scope }, undefined, Output>({
  id: 'Operations_List',
  method: 'GET',
  path: '/providers/Microsoft.KeyVault/operations',
  since: vaultsSince,
  access: 'read',
  parse: () => ({ target: rootScope }),
  requirements: () => 'filtered',
  handle: () => Promise.resolve({ rows: permissions.map(renderPermission) }),
  respond: ({ rows }) => respondJson(200, { value: rows }),
  audit: auditList('Microsoft.KeyVault/operations/read'),
})

function renderPermission({ name, resource, operation, isDataAction = false }: Permission): JsonObject {
  return {
    name: `Microsoft.KeyVault/${name}`,
    isDataAction,
    display: { provider: 'Microsoft Key Vault', resource, operation, description: operation },
  }
}
