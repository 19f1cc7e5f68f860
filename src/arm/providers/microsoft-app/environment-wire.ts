import type { JsonObject } from '#base/json.ts'
import type { EnvironmentRecord } from '../../container-app-resources.ts'
import { displayLocation } from '../../locations.ts'
import { formatResourceId } from '../../resource-id.ts'
import { renderSystemData } from '../../wire.ts'

export const environmentType = 'Microsoft.App/managedEnvironments'
export const environmentPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${environmentType}/{name}`

/** A managed environment on the wire. Source: contracts/resource-manager-and-container-apps.md §6.3. */
export function renderEnvironment(environment: EnvironmentRecord): JsonObject {
  return {
    id: formatResourceId(environment.address, environmentType),
    name: environment.address.name,
    type: environmentType,
    location: displayLocation(environment.location),
    tags: environment.tags,
    systemData: renderSystemData(environment.history),
    properties: { provisioningState: 'Succeeded', ...environment.properties },
  }
}
