/** What the programs of the management SDKs tell, in every language; `{word}` as `tell` puts it. */
const subscriptionId = '/subscriptions/{subscription}'
const groupId = `${subscriptionId}/resourceGroups/{group}`
const vaultId = `${groupId}/providers/Microsoft.KeyVault/vaults/{vault}-one`
const vaultScope = `${groupId}/providers/Microsoft.KeyVault/vaults/{vault}`
const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'
/** Azure, too, writes the ids of identities with `resourcegroups`. */
const identityIdOf = (name: string) => `${subscriptionId}/resourcegroups/{group}/providers/${identityType}/${name}`

export const systemData = {
  createdBy: 'operator@strongroom.local',
  createdByType: 'User',
  createdAt: '{time}',
  lastModifiedBy: 'operator@strongroom.local',
  lastModifiedByType: 'User',
  lastModifiedAt: '{time}',
}

const identity = (name: string, tags: Readonly<Record<string, string>>) => ({
  id: identityIdOf(name),
  name,
  type: identityType,
  location: 'westeurope',
  tags,
  isolationScope: 'None',
  tenantId: '{tenant}',
  principalId: '{guid}',
  clientId: '{guid}',
})

const group = (tags: Readonly<Record<string, string>>) => ({
  id: groupId,
  name: '{group}',
  type: 'Microsoft.Resources/resourceGroups',
  location: 'westeurope',
  tags,
  provisioningState: 'Succeeded',
})

const lock = (more: object) => ({
  id: `${groupId}/providers/Microsoft.Authorization/locks/keep`,
  type: 'Microsoft.Authorization/locks',
  name: 'keep',
  ...more,
})

export const resourceGroups = {
  subscription: {
    shown: {
      id: subscriptionId,
      subscriptionId: '{subscription}',
      displayName: 'Strongroom',
      tenantId: '{tenant}',
      state: 'Enabled',
      subscriptionPolicies: {
        locationPlacementId: 'Internal_2014-09-01',
        quotaId: 'Internal_2014-09-01',
        spendingLimit: 'Off',
      },
      authorizationSource: 'RoleBased',
      managedByTenants: [],
    },
    ids: ['{subscription}'],
    region: {
      id: `${subscriptionId}/locations/westeurope`,
      name: 'westeurope',
      type: 'Region',
      displayName: 'West Europe',
      regionalDisplayName: 'West Europe',
      metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
    },
    tenantIds: ['{tenant}'],
  },
  provider: {
    states: ['Registered', 'Registered'],
    hasVaults: true,
    namespaces: [
      'Microsoft.App',
      'Microsoft.Authorization',
      'Microsoft.Insights',
      'Microsoft.KeyVault',
      'Microsoft.ManagedIdentity',
      'Microsoft.OperationalInsights',
      'Microsoft.Resources',
    ],
  },
  group: {
    existsBefore: false,
    created: group({ a: '1' }),
    got: group({ a: '1' }),
    updated: group({ b: '2' }),
    pages: [['{home}'], ['{group}'], ['{group}-second']],
    tagged: ['{group}'],
  },
  resource: {
    created: identity('generic', { c: '3' }),
    headed: [405, null],
    got: identity('generic', { c: '3' }),
    updated: identity('generic', { d: '4' }),
    ofType: [
      {
        id: `${groupId}/providers/${identityType}/generic`,
        name: 'generic',
        type: identityType,
        location: 'westeurope',
        tags: { d: '4' },
      },
    ],
    inGroup: ['generic'],
    gone: [404, 'ResourceNotFound'],
  },
  lock: {
    created: lock({ level: 'CanNotDelete', notes: 'until the end' }),
    got: lock({ level: 'CanNotDelete', notes: 'until the end' }),
    changed: lock({ level: 'ReadOnly' }),
    byScope: [400, 'InvalidRequestUri'],
    whileLocked: { write: [409, 'ScopeLocked'], delete: [409, 'ScopeLocked'] },
    locks: { byGroup: ['keep'], bySubscription: ['whole', 'keep'], byResource: [] },
    gone: [404, 'LockNotFound'],
  },
  gone: {
    status: 'succeeded',
    get: [404, 'ResourceGroupNotFound'],
    exists: false,
    again: [404, 'ResourceGroupNotFound'],
    left: ['{home}'],
  },
}

const vault = {
  id: vaultId,
  name: '{vault}-one',
  type: 'Microsoft.KeyVault/vaults',
  location: 'westeurope',
  tags: { a: '1' },
  systemData,
  tenantId: '{tenant}',
  sku: { family: 'A', name: 'standard' },
  accessPolicies: [],
  vaultUri: 'https://{vault}-one.vault.azure.net/',
  enabledForDeployment: false,
  enabledForDiskEncryption: false,
  enabledForTemplateDeployment: false,
  enableSoftDelete: true,
  softDeleteRetentionInDays: 90,
  enableRbacAuthorization: false,
  networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
  provisioningState: 'Succeeded',
  publicNetworkAccess: 'Enabled',
}

const policiesFor = (...secrets: readonly string[]) => [
  { tenantId: '{tenant}', objectId: '{principal}', permissions: { secrets } },
]
const policyAnswer = (accessPolicies: readonly object[]) => ({
  id: `${vaultId}/accessPolicies/`,
  type: 'Microsoft.KeyVault/vaults/accessPolicies',
  accessPolicies,
})

const connection = {
  id: `${vaultId}/privateEndpointConnections/office`,
  name: 'office',
  type: 'Microsoft.KeyVault/vaults/privateEndpointConnections',
  location: 'westeurope',
  privateLinkServiceConnectionState: { status: 'Approved', description: 'as agreed', actionsRequired: 'None' },
  provisioningState: 'Succeeded',
}

/** No value: the resource manager never gives one back. */
const secret = {
  id: `${vaultId}/secrets/db`,
  name: 'db',
  type: 'Microsoft.KeyVault/vaults/secrets',
  location: 'westeurope',
  tags: {},
  contentType: 'text/plain',
  attributes: { enabled: true, created: '{time}', updated: '{time}' },
  secretUri: 'https://{vault}-one.vault.azure.net/secrets/db',
  secretUriWithVersion: 'https://{vault}-one.vault.azure.net/secrets/db/{version}',
}

const allVaults = ['{vault}', '{vault}-one', '{vault}-three', '{vault}-two']

export const keyVault = {
  free: { nameAvailable: true },
  created: vault,
  polled: 'succeeded',
  taken: 'AlreadyExists',
  got: vault,
  updated: {
    ...vault,
    tags: { b: '2' },
    enabledForDeployment: true,
    networkAcls: { ...vault.networkAcls, bypass: 'None', defaultAction: 'Deny', ipRules: [{ value: '10.0.0.0/8' }] },
  },
  lists: {
    byGroup: allVaults,
    bySubscription: allVaults,
    asResources: allVaults,
    pages: [allVaults.slice(0, 2), allVaults.slice(2)],
  },
  policies: {
    added: policyAnswer(policiesFor('get', 'list')),
    merged: policyAnswer(policiesFor('get', 'list', 'set')),
    replaced: policyAnswer(policiesFor('list')),
    shown: policiesFor('list'),
    removed: policyAnswer([]),
    left: [],
  },
  connection: {
    approved: connection,
    got: connection,
    rejected: 'Rejected',
    listed: ['office'],
    deleted: 'office',
    gone: [404, 'ResourceNotFound'],
    linkResources: [
      {
        id: `${vaultId}/privateLinkResources/vault`,
        name: 'vault',
        type: 'Microsoft.KeyVault/vaults/privateLinkResources',
        groupId: 'vault',
        requiredMembers: ['default'],
        requiredZoneNames: ['privatelink.vaultcore.azure.net'],
      },
    ],
  },
  secret: {
    set: secret,
    got: secret,
    updated: { ...secret, contentType: 'text/html', tags: { c: '3' } },
    pages: [['api', 'db'], ['queue']],
    missing: [404, 'ResourceNotFound'],
  },
  deleted: {
    get: [404, 'ResourceNotFound'],
    got: {
      id: `${subscriptionId}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/{vault}-one`,
      name: '{vault}-one',
      type: 'Microsoft.KeyVault/deletedVaults',
      vaultId,
      location: 'westeurope',
      deletionDate: '{time}',
      scheduledPurgeDate: '{time}',
      tags: { b: '2' },
    },
    listed: ['{vault}-one'],
    recreated: [409, 'ConflictError'],
  },
  recovered: { id: vaultId, tags: { b: '2' }, enabledForDeployment: true },
  secretsAfter: ['api', 'db', 'queue'],
  purged: { status: 'succeeded', get: [404, 'DeletedVaultNotFound'], listed: [], again: [404, 'DeletedVaultNotFound'] },
  operations: true,
}

const roleDefinitions = 'Microsoft.Authorization/roleDefinitions'
const builtInRoleId = `${subscriptionId}/providers/${roleDefinitions}/{guid}`
const permission = { actions: [], notActions: [], dataActions: [], notDataActions: [] }
const byOperator = { createdOn: '{time}', updatedOn: '{time}', createdBy: '{operator}', updatedBy: '{operator}' }

const customRole = {
  id: `${subscriptionId}/providers/${roleDefinitions}/{role}`,
  name: '{role}',
  type: roleDefinitions,
  roleName: 'Group Reader',
  description: 'Reads what groups are called.',
  roleType: 'CustomRole',
  permissions: [{ ...permission, actions: ['Microsoft.Resources/subscriptions/resourceGroups/read'] }],
  assignableScopes: [groupId],
  ...byOperator,
}
const changedRole = {
  ...customRole,
  permissions: [{ ...permission, actions: ['*/read'], notActions: ['Microsoft.KeyVault/*/read'] }],
}

const assignment = {
  id: `${vaultScope}/providers/Microsoft.Authorization/roleAssignments/{assignment}`,
  name: '{assignment}',
  type: 'Microsoft.Authorization/roleAssignments',
  scope: vaultScope,
  roleDefinitionId: builtInRoleId,
  principalId: '{principal}',
  principalType: 'ServicePrincipal',
  description: 'the database password alone',
  condition:
    "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'})) OR " +
    "(@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'db'))",
  conditionVersion: '2.0',
  ...byOperator,
}
const bothAssignments = ['{assignment}', '{other}']

export const authorization = {
  definition: {
    builtIn: {
      id: builtInRoleId,
      name: '{guid}',
      type: roleDefinitions,
      roleName: 'Key Vault Secrets User',
      description:
        "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
      roleType: 'BuiltInRole',
      permissions: [
        {
          ...permission,
          dataActions: [
            'Microsoft.KeyVault/vaults/secrets/getSecret/action',
            'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
          ],
        },
      ],
      assignableScopes: ['/'],
      createdOn: '{time}',
      updatedOn: '{time}',
    },
    created: customRole,
    updated: changedRole,
    got: changedRole,
    gotById: 'Group Reader',
    listed: ['Group Reader'],
    ofAll: true,
  },
  assignment: {
    created: assignment,
    got: assignment,
    gotById: '{assignment}',
    twice: [409, 'RoleAssignmentExists'],
    badCondition: [400, 'InvalidRoleAssignmentCondition'],
    bySubscription: bothAssignments,
    byGroup: bothAssignments,
    byResource: bothAssignments,
    byScope: bothAssignments,
  },
  roleInUse: [400, 'RoleDefinitionHasAssignments'],
  deleted: {
    assignment: '{assignment}',
    role: '{role}',
    getAssignment: [404, 'RoleAssignmentNotFound'],
    getRole: [404, 'RoleDefinitionDoesNotExist'],
    left: [],
  },
  deny: { bySubscription: [], byGroup: [], byResource: [], byScope: [], missing: [404, 'DenyAssignmentNotFound'] },
  permissions: { byGroup: [{ ...permission, actions: ['*'] }], byResource: 2 },
}

const credential = {
  id: `${identityIdOf('ours')}/federatedIdentityCredentials/ci-main`,
  name: 'ci-main',
  type: `${identityType}/federatedIdentityCredentials`,
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:org/app:ref:refs/heads/main',
  audiences: ['api://AzureADTokenExchange'],
}
const manyNames = Array.from({ length: 104 }, (_, at) => `many-${String(at).padStart(3, '0')}`)

export const identities = {
  identity: {
    created: identity('ours', { a: '1' }),
    updated: { b: '2' },
    got: identity('ours', { b: '2' }),
    ofApp: {
      id: `${groupId}/providers/Microsoft.App/containerApps/{app}/providers/Microsoft.ManagedIdentity/identities/default`,
      name: 'default',
      type: 'Microsoft.ManagedIdentity/identities',
      location: 'westeurope',
      tenantId: '{tenant}',
      principalId: '{principal}',
      clientId: '{guid}',
    },
  },
  federated: {
    created: credential,
    got: credential,
    updated: 'other',
    second: 'deploy',
    pages: [['ci-main'], ['deploy']],
    gone: [404, 'ResourceNotFound'],
    left: ['deploy'],
  },
  pages: {
    byGroup: [manyNames.slice(0, 100), [...manyNames.slice(100), 'ours', 'shared']],
    bySubscription: [...manyNames, 'ours', 'shared'],
  },
  gone: { get: [404, 'ResourceNotFound'], credentials: [404, 'ParentResourceNotFound'] },
}

const forbiddenCall = [403, 'AuthorizationFailed']

export const forbidden = {
  group: { write: forbiddenCall, read: forbiddenCall, delete: forbiddenCall, resources: [] },
  lock: { write: forbiddenCall },
  vault: { write: forbiddenCall, read: forbiddenCall, delete: forbiddenCall },
  assignment: { write: forbiddenCall },
  identity: { write: forbiddenCall },
}
