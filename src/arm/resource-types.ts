/** Every namespace and resource type that is served, in Azure's spelling, with the api-versions that clients are seen to use. */
const catalogue: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'Microsoft.App': {
    managedEnvironments: ['2025-07-01', '2025-01-01', '2024-03-01', '2023-05-01'],
    containerApps: ['2025-07-01', '2025-01-01', '2024-03-01', '2023-05-01'],
    'locations/containerappOperationStatuses': ['2025-07-01', '2024-03-01', '2023-05-01'],
  },
  'Microsoft.Authorization': {
    roleAssignments: ['2022-04-01', '2018-01-01-preview'],
    roleDefinitions: ['2022-05-01-preview', '2022-04-01', '2018-01-01-preview'],
    denyAssignments: ['2022-04-01'],
    permissions: ['2022-04-01'],
    locks: ['2020-05-01', '2016-09-01'],
  },
  'Microsoft.Insights': {
    diagnosticSettings: ['2021-05-01-preview', '2017-05-01-preview'],
    diagnosticSettingsCategories: ['2021-05-01-preview', '2017-05-01-preview'],
    eventtypes: ['2015-04-01'],
  },
  'Microsoft.KeyVault': {
    vaults: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    'vaults/secrets': ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    deletedVaults: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    'locations/deletedVaults': ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    'locations/operationResults': ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    checkNameAvailability: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    operations: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    managedHSMs: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
    deletedManagedHSMs: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
  },
  'Microsoft.ManagedIdentity': {
    userAssignedIdentities: ['2025-05-31-preview', '2024-11-30', '2023-01-31'],
  },
  'Microsoft.OperationalInsights': { workspaces: ['2025-02-01', '2023-09-01', '2022-10-01'] },
  'Microsoft.Resources': {
    subscriptions: ['2022-12-01', '2019-11-01'],
    resourceGroups: ['2025-04-01', '2024-11-01', '2021-04-01'],
    tenants: ['2022-12-01'],
  },
}

/** Types that more than one provider speaks of. */
export const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'
export const vaultType = 'Microsoft.KeyVault/vaults'

/** The namespaces whose registration cannot be taken away: without them nothing could be given back. */
const alwaysRegistered: ReadonlySet<string> = new Set([
  'Microsoft.Authorization',
  'Microsoft.Insights',
  'Microsoft.Resources',
])

/** A resource type without its namespace, `vaults`, and its api-versions, newest first. */
export interface ServedType {
  readonly resourceType: string
  readonly apiVersions: readonly string[]
}

/** The namespaces that are served, in Azure's spelling. */
export const namespaces: readonly string[] = Object.keys(catalogue)

/** The served namespace that `text` names in any letter case. */
export function findNamespace(text: string): string | undefined {
  return namespaces.find((namespace) => namespace.toLowerCase() === text.toLowerCase())
}

/** The types of a namespace; none for one that is not served. */
export function typesOf(namespace: string): readonly ServedType[] {
  const types = catalogue[namespace] ?? {}
  return Object.entries(types).map(([resourceType, apiVersions]) => ({ resourceType, apiVersions }))
}

/** Whether a subscription can do without the namespace. */
export function isUnregistrable(namespace: string): boolean {
  return !alwaysRegistered.has(namespace)
}
