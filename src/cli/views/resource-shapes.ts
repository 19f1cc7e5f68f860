import type { Shape } from './shape.ts'

/** Resource manager types as az 2.91 shows them; members in the order of its models. */
const systemData: Shape = {
  createdBy: 'value',
  createdByType: 'value',
  createdAt: 'time',
  lastModifiedBy: 'value',
  lastModifiedByType: 'value',
  lastModifiedAt: 'time',
}

export const groupShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  properties: { provisioningState: 'value' },
  location: 'value',
  managedBy: 'value',
  tags: 'value',
}

export const networkAclsShape: Shape = {
  bypass: 'value',
  defaultAction: 'value',
  ipRules: [{ value: 'value' }],
  virtualNetworkRules: [{ id: 'value', ignoreMissingVnetServiceEndpoint: 'value' }],
}

export const vaultShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  systemData,
  properties: {
    tenantId: 'value',
    sku: { family: 'value', name: 'value' },
    accessPolicies: [
      {
        tenantId: 'value',
        objectId: 'value',
        applicationId: 'value',
        permissions: { keys: 'value', secrets: 'value', certificates: 'value', storage: 'value' },
      },
    ],
    vaultUri: 'value',
    hsmPoolResourceId: 'value',
    enabledForDeployment: 'value',
    enabledForDiskEncryption: 'value',
    enabledForTemplateDeployment: 'value',
    enableSoftDelete: 'value',
    softDeleteRetentionInDays: 'value',
    enableRbacAuthorization: 'value',
    createMode: 'value',
    enablePurgeProtection: 'value',
    networkAcls: networkAclsShape,
    provisioningState: 'value',
    privateEndpointConnections: [
      {
        id: 'value',
        etag: 'value',
        properties: {
          privateEndpoint: { id: 'value' },
          privateLinkServiceConnectionState: { status: 'value', description: 'value', actionsRequired: 'value' },
          provisioningState: 'value',
        },
      },
    ],
    publicNetworkAccess: 'value',
  },
  location: 'value',
  tags: 'value',
}

/** A vault in the list of a subscription, which tells less of it. */
export const trackedResourceShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  systemData,
  tags: 'value',
  location: 'value',
}

export const deletedVaultShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  systemData,
  properties: {
    vaultId: 'value',
    location: 'value',
    deletionDate: 'time',
    scheduledPurgeDate: 'time',
    tags: 'value',
    purgeProtectionEnabled: 'value',
  },
}

/** A role assignment that was just made, with its properties beside its id; in lists az shows it in another way. */
export const roleAssignmentShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  systemData,
  scope: 'value',
  roleDefinitionId: 'value',
  principalId: 'value',
  principalType: 'value',
  description: 'value',
  condition: 'value',
  conditionVersion: 'value',
  createdOn: 'time',
  updatedOn: 'time',
  createdBy: 'value',
  updatedBy: 'value',
  delegatedManagedIdentityResourceId: 'value',
}

/** A role definition with its properties beside its id. */
export const roleDefinitionShape: Shape = {
  id: 'value',
  name: 'value',
  type: 'value',
  systemData,
  roleName: 'value',
  description: 'value',
  roleType: 'value',
  permissions: [
    {
      actions: 'value',
      notActions: 'value',
      dataActions: 'value',
      notDataActions: 'value',
      condition: 'value',
      conditionVersion: 'value',
    },
  ],
  assignableScopes: 'value',
  createdOn: 'time',
  updatedOn: 'time',
  createdBy: 'value',
  updatedBy: 'value',
}
