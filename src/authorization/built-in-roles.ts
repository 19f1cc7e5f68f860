import { type Guid, trustGuid } from '#base/ids.ts'
import { type CompiledRole, compileRole, type RoleDefinition, type RolePermission } from './role-definition.ts'

const rbacVaultsOnly = " Only works for key vaults that use the 'Azure role-based access control' permission model."

const vaultReading = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
  'Microsoft.KeyVault/checkNameAvailability/read',
  'Microsoft.KeyVault/deletedVaults/read',
  'Microsoft.KeyVault/locations/*/read',
  'Microsoft.KeyVault/vaults/*/read',
  'Microsoft.KeyVault/operations/read',
]

const publishedAt = new Date('2015-02-02T21:55:09.880Z')

function role(id: string, roleName: string, description: string, permission: Partial<RolePermission>): RoleDefinition {
  return {
    id: trustGuid(id),
    roleName,
    type: 'BuiltInRole',
    description,
    assignableScopes: ['/'],
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }],
    createdAt: publishedAt,
    updatedAt: publishedAt,
    createdBy: undefined,
    updatedBy: undefined,
  }
}

/**
 * Every built-in role, most general first: Azure's own, GUIDs and permission lists as published, for what is served here. Roles whose safety is a condition
 * (Key Vault Data Access Administrator) are absent while conditions are not evaluated: without its condition such a role
 * grants more than its name says.
 * Source: Azure built-in roles (learn.microsoft.com/azure/role-based-access-control/built-in-roles); contracts/key-vault.md §7.
 * One table, longer than a file should be: half of it would be harder to check against its source.
 */
export const builtInRoles: readonly RoleDefinition[] = [
  role(
    '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    'Owner',
    'Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.',
    { actions: ['*'] },
  ),
  role(
    'b24988ac-6180-42a0-ab88-20f7382dd24c',
    'Contributor',
    'Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.',
    {
      actions: ['*'],
      notActions: [
        'Microsoft.Authorization/*/Delete',
        'Microsoft.Authorization/*/Write',
        'Microsoft.Authorization/elevateAccess/Action',
        'Microsoft.Blueprint/blueprintAssignments/write',
        'Microsoft.Blueprint/blueprintAssignments/delete',
        'Microsoft.Compute/galleries/share/action',
        'Microsoft.Purview/consents/write',
        'Microsoft.Purview/consents/delete',
        'Microsoft.Resources/deploymentStacks/manageDenySetting/action',
        'Microsoft.Subscription/cancel/action',
        'Microsoft.Subscription/enable/action',
      ],
    },
  ),
  role(
    'acdd72a7-3385-48ef-bd42-f606fba81ae7',
    'Reader',
    'View all resources, but does not allow you to make any changes.',
    { actions: ['*/read'] },
  ),
  role(
    '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    'User Access Administrator',
    'Lets you manage user access to Azure resources.',
    { actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'] },
  ),
  role(
    'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
    'Role Based Access Control Administrator',
    'Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage access using other ways, such as Azure Policy.',
    {
      actions: [
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleAssignments/delete',
        '*/read',
        'Microsoft.Support/*',
      ],
    },
  ),
  role(
    '00482a5a-887f-4fb3-b363-3b7fe8e74483',
    'Key Vault Administrator',
    `Perform all data plane operations on a key vault and all objects in it, including certificates, keys, and secrets. Cannot manage key vault resources or manage role assignments.${rbacVaultsOnly}`,
    { actions: vaultReading, dataActions: ['Microsoft.KeyVault/vaults/*'] },
  ),
  role(
    'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
    'Key Vault Secrets Officer',
    `Perform any action on the secrets of a key vault, except manage permissions.${rbacVaultsOnly}`,
    { actions: vaultReading, dataActions: ['Microsoft.KeyVault/vaults/secrets/*'] },
  ),
  role('4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User', `Read secret contents.${rbacVaultsOnly}`, {
    dataActions: [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    ],
  }),
  role(
    '21090545-7ca7-4776-b22c-e363652d74d2',
    'Key Vault Reader',
    `Read metadata of key vaults and its certificates, keys, and secrets. Cannot read sensitive values such as secret contents or key material.${rbacVaultsOnly}`,
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Support/*',
        'Microsoft.KeyVault/checkNameAvailability/read',
        'Microsoft.KeyVault/deletedVaults/read',
        'Microsoft.KeyVault/locations/*/read',
        'Microsoft.KeyVault/vaults/*/read',
        'Microsoft.KeyVault/operations/read',
      ],
      dataActions: ['Microsoft.KeyVault/vaults/*/read', 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'],
    },
  ),
  role(
    'a4417e6f-fecd-4de8-b567-7b0420556985',
    'Key Vault Certificates Officer',
    `Perform any action on the certificates of a key vault, except manage permissions.${rbacVaultsOnly}`,
    {
      actions: vaultReading,
      dataActions: [
        'Microsoft.KeyVault/vaults/certificatecas/*',
        'Microsoft.KeyVault/vaults/certificates/*',
        'Microsoft.KeyVault/vaults/certificatecontacts/write',
      ],
    },
  ),
  role(
    'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba',
    'Key Vault Certificate User',
    `Read certificate contents.${rbacVaultsOnly}`,
    {
      dataActions: [
        'Microsoft.KeyVault/vaults/certificates/read',
        'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
        'Microsoft.KeyVault/vaults/keys/read',
      ],
    },
  ),
  role(
    '14b46e9e-c2b7-41b4-b07b-48a6ebf60603',
    'Key Vault Crypto Officer',
    `Perform any action on the keys of a key vault, except manage permissions.${rbacVaultsOnly}`,
    {
      actions: vaultReading,
      dataActions: ['Microsoft.KeyVault/vaults/keys/*', 'Microsoft.KeyVault/vaults/keyrotationpolicies/*'],
    },
  ),
  role(
    '12338af0-0e69-4776-bea7-57ae8d297424',
    'Key Vault Crypto User',
    `Perform cryptographic operations using keys.${rbacVaultsOnly}`,
    {
      dataActions: [
        'Microsoft.KeyVault/vaults/keys/read',
        'Microsoft.KeyVault/vaults/keys/update/action',
        'Microsoft.KeyVault/vaults/keys/backup/action',
        'Microsoft.KeyVault/vaults/keys/encrypt/action',
        'Microsoft.KeyVault/vaults/keys/decrypt/action',
        'Microsoft.KeyVault/vaults/keys/wrap/action',
        'Microsoft.KeyVault/vaults/keys/unwrap/action',
        'Microsoft.KeyVault/vaults/keys/sign/action',
        'Microsoft.KeyVault/vaults/keys/verify/action',
      ],
    },
  ),
  role(
    'e147488a-f6f5-4113-8e2d-b22465e65bf6',
    'Key Vault Crypto Service Encryption User',
    `Read metadata of keys and perform wrap/unwrap operations.${rbacVaultsOnly}`,
    {
      actions: [
        'Microsoft.EventGrid/eventSubscriptions/write',
        'Microsoft.EventGrid/eventSubscriptions/read',
        'Microsoft.EventGrid/eventSubscriptions/delete',
      ],
      dataActions: [
        'Microsoft.KeyVault/vaults/keys/read',
        'Microsoft.KeyVault/vaults/keys/wrap/action',
        'Microsoft.KeyVault/vaults/keys/unwrap/action',
      ],
    },
  ),
  role(
    '08bbd89e-9f13-488c-ac41-acfcb10c90ab',
    'Key Vault Crypto Service Release User',
    `Release keys.${rbacVaultsOnly}`,
    { dataActions: ['Microsoft.KeyVault/vaults/keys/release/action'] },
  ),
  role(
    'f25e0fa2-a7c8-4377-a976-54943a77a395',
    'Key Vault Contributor',
    'Lets you manage key vaults, but not access to them.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.KeyVault/*',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Support/*',
      ],
      notActions: [
        'Microsoft.KeyVault/locations/deletedVaults/purge/action',
        'Microsoft.KeyVault/hsmPools/*',
        'Microsoft.KeyVault/managedHsms/*',
      ],
    },
  ),
  role(
    'a68e7c17-0ab2-4c09-9a58-125dae29748c',
    'Key Vault Purge Operator',
    'Allows permanent deletion of soft-deleted vaults.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.KeyVault/deletedVaults/read',
        'Microsoft.KeyVault/locations/deletedVaults/read',
        'Microsoft.KeyVault/locations/deletedVaults/purge/action',
        'Microsoft.KeyVault/locations/operationResults/read',
      ],
    },
  ),
  role(
    '358470bc-b998-42bd-ab17-a7e34c199c0f',
    'Container Apps Contributor',
    'Full management of Container Apps, including creation, deletion, and updates.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.App/containerApps/*/read',
        'Microsoft.App/containerApps/*/write',
        'Microsoft.App/containerApps/*/delete',
        'Microsoft.App/containerApps/*/action',
        'Microsoft.App/managedEnvironments/read',
        'Microsoft.App/managedEnvironments/*/read',
        'Microsoft.App/managedEnvironments/join/action',
        'Microsoft.App/managedEnvironments/checknameavailability/action',
        'Microsoft.App/connectedEnvironments/read',
        'Microsoft.App/connectedEnvironments/*/read',
        'Microsoft.App/connectedEnvironments/join/action',
        'Microsoft.App/connectedEnvironments/checknameavailability/action',
      ],
    },
  ),
  role(
    'f3bd1b5c-91fa-40e7-afe7-0c11d331232c',
    'Container Apps Operator',
    'Read, logstream and exec into Container Apps.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.App/containerApps/*/read',
        'Microsoft.App/containerApps/*/action',
        'Microsoft.App/managedEnvironments/read',
        'Microsoft.App/managedEnvironments/*/read',
        'Microsoft.App/managedEnvironments/join/action',
        'Microsoft.App/managedEnvironments/checknameavailability/action',
        'Microsoft.App/connectedEnvironments/read',
        'Microsoft.App/connectedEnvironments/*/read',
        'Microsoft.App/connectedEnvironments/join/action',
        'Microsoft.App/connectedEnvironments/checknameavailability/action',
      ],
      dataActions: [
        'Microsoft.App/containerApps/logstream/action',
        'Microsoft.App/containerApps/exec/action',
        'Microsoft.App/containerApps/debug/action',
      ],
    },
  ),
  role(
    '57cc5028-e6a7-4284-868d-0611c5923f8d',
    'Container Apps ManagedEnvironments Contributor',
    'Full management of Container Apps ManagedEnvironments, including creation, deletion, and updates.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.App/managedEnvironments/*/read',
        'Microsoft.App/managedEnvironments/*/write',
        'Microsoft.App/managedEnvironments/*/delete',
        'Microsoft.App/managedEnvironments/*/action',
        'Microsoft.Resources/deployments/*',
      ],
    },
  ),
  role(
    '1b32c00b-7eff-4c22-93e6-93d11d72d2d8',
    'Container Apps ManagedEnvironments Reader',
    'Read access to ContainerApps managedenvironments.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.App/managedEnvironments/*/read',
      ],
    },
  ),
  role(
    'ad2dd5fb-cd4b-4fd4-a9b6-4fed3630980b',
    'ContainerApp Reader',
    'View all containerapp resources, but does not allow you to make any changes.',
    {
      actions: [
        'Microsoft.App/containerApps/*/read',
        'Microsoft.App/containerApps/read',
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.Resources/deployments/read',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    },
  ),
  role(
    'b9a307c4-5aa3-4b52-ba60-2b17c136cd7b',
    'Container Apps Jobs Operator',
    'Read, start, and stop Container Apps jobs.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'microsoft.app/jobs/read',
        'Microsoft.App/jobs/*/read',
        'Microsoft.App/jobs/*/action',
        'Microsoft.app/managedenvironments/read',
        'Microsoft.App/managedenvironments/*/read',
        'Microsoft.App/managedenvironments/join/action',
        'Microsoft.App/managedenvironments/checknameavailability/action',
        'Microsoft.app/connectedEnvironments/read',
        'Microsoft.App/connectedEnvironments/*/read',
        'Microsoft.App/connectedEnvironments/join/action',
        'Microsoft.App/connectedEnvironments/checknameavailability/action',
      ],
      dataActions: ['Microsoft.App/jobs/logstream/action', 'Microsoft.App/jobs/exec/action'],
    },
  ),
  role(
    '4e3d2b60-56ae-4dc6-a233-09c8e5a82e68',
    'Container Apps Jobs Contributor',
    'Full management of Container Apps jobs, including creation, deletion, and updates.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'microsoft.app/jobs/read',
        'Microsoft.App/jobs/*/read',
        'Microsoft.App/jobs/*/action',
        'Microsoft.App/jobs/write',
        'Microsoft.App/jobs/delete',
        'Microsoft.app/managedenvironments/read',
        'Microsoft.App/managedenvironments/*/read',
        'Microsoft.App/managedenvironments/join/action',
        'Microsoft.App/managedenvironments/checknameavailability/action',
        'Microsoft.app/connectedEnvironments/read',
        'Microsoft.App/connectedEnvironments/*/read',
        'Microsoft.App/connectedEnvironments/join/action',
        'Microsoft.App/connectedEnvironments/checknameavailability/action',
        'Microsoft.Resources/deployments/*',
      ],
    },
  ),
  role('edd66693-d32a-450b-997d-0158c03976b0', 'Container Apps Jobs Reader', 'Read access to ContainerApps jobs', {
    actions: ['microsoft.app/jobs/read', 'Microsoft.App/jobs/*/read', 'Microsoft.App/managedenvironments/read'],
  }),
  role('f1a07417-d97a-45cb-824c-7a7467783830', 'Managed Identity Operator', 'Read and Assign User Assigned Identity', {
    actions: [
      'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
      'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action',
      'Microsoft.Authorization/*/read',
      'Microsoft.Insights/alertRules/*',
      'Microsoft.Resources/subscriptions/resourceGroups/read',
      'Microsoft.Resources/deployments/*',
      'Microsoft.Support/*',
    ],
  }),
  role(
    'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59',
    'Managed Identity Contributor',
    'Create, Read, Update, and Delete User Assigned Identity',
    {
      actions: [
        'Microsoft.ManagedIdentity/userAssignedIdentities/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/revokeTokens/action',
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Support/*',
      ],
    },
  ),
]

const byId: ReadonlyMap<string, RoleDefinition> = new Map(builtInRoles.map((entry) => [entry.id, entry]))
const compiledById: ReadonlyMap<string, CompiledRole> = new Map(
  builtInRoles.map((entry) => [entry.id, compileRole(entry.permissions)]),
)

/** The built-in role with this GUID, or undefined. */
export function findBuiltInRole(id: Guid): RoleDefinition | undefined {
  return byId.get(id)
}

/** The built-in role's permissions, compiled when the program started, or undefined. */
export function findCompiledBuiltInRole(id: Guid): CompiledRole | undefined {
  return compiledById.get(id)
}

/** Well-known role ids. */
export const builtInRoleIds = {
  owner: trustGuid('8e3af657-a8ff-443c-a75c-2fe8c4bcb635'),
  contributor: trustGuid('b24988ac-6180-42a0-ab88-20f7382dd24c'),
  reader: trustGuid('acdd72a7-3385-48ef-bd42-f606fba81ae7'),
  keyVaultAdministrator: trustGuid('00482a5a-887f-4fb3-b363-3b7fe8e74483'),
  keyVaultSecretsOfficer: trustGuid('b86a8fe4-44ce-4948-aee5-eccb2c155cd7'),
  keyVaultSecretsUser: trustGuid('4633458b-17de-408a-b874-0445c86b69e6'),
} as const
