import type { SubscriptionId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { allLocations } from '../../locations.ts'

const resourceTypes = {
  'Microsoft.App': {
    managedEnvironments: ['2025-07-01', '2025-01-01', '2024-03-01', '2023-05-01'],
    containerApps: ['2025-07-01', '2025-01-01', '2024-03-01', '2023-05-01'],
    'locations/containerappOperationStatuses': ['2025-07-01', '2024-03-01', '2023-05-01'],
  },
  'Microsoft.Authorization': {
    roleAssignments: ['2022-04-01', '2018-01-01-preview'],
    roleDefinitions: ['2022-05-01-preview', '2022-04-01', '2018-01-01-preview'],
    denyAssignments: ['2022-04-01'],
  },
  'Microsoft.KeyVault': { vaults: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'] },
  'Microsoft.Resources': {
    subscriptions: ['2022-12-01', '2019-11-01'],
    resourceGroups: ['2025-04-01', '2024-11-01', '2021-04-01'],
    tenants: ['2022-12-01'],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>

/** The namespaces that are served, in Azure's spelling. */
export const namespaces = Object.keys(resourceTypes)

/** The served namespace that `text` names in any letter case. */
export function findNamespace(text: string): string | undefined {
  return namespaces.find((namespace) => namespace.toLowerCase() === text.toLowerCase())
}

/** A provider record; all are registered. Locations are display names, which az matches without blanks and letter case. */
export function renderProvider(subscription: SubscriptionId, namespace: string): JsonObject {
  const locations = allLocations().map((location) => location.displayName)
  const types: Readonly<Record<string, readonly string[]>> =
    Object.entries(resourceTypes).find(([name]) => name === namespace)?.[1] ?? {}
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: Object.entries(types).map(([resourceType, apiVersions]) => ({
      resourceType,
      locations,
      apiVersions,
      capabilities: 'SupportsTags, SupportsLocation',
    })),
  }
}
