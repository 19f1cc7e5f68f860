import type { JsonObject } from '#base/json.ts'
import type { ResourceGroup } from '../../resource-group-store.ts'
import { formatGroupId } from '../../resource-id.ts'

/** First api-version of resource groups. */
export const groupsSince = '2015-11-01'
export const groupPath = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}'

/** A resource group on the wire. */
export function renderGroup(group: ResourceGroup): JsonObject {
  return {
    id: formatGroupId({ subscription: group.subscription, resourceGroup: group.name }),
    name: group.name,
    type: 'Microsoft.Resources/resourceGroups',
    location: group.location,
    tags: group.tags,
    properties: { provisioningState: 'Succeeded' },
  }
}
