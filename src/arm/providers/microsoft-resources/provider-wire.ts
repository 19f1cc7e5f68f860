import type { SubscriptionId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { allLocations } from '../../locations.ts'
import type { RegistrationState } from '../../provider-registration-store.ts'
import { isUnregistrable, typesOf } from '../../resource-types.ts'

/** A provider of a subscription. */
export interface Provider {
  readonly subscription: SubscriptionId
  readonly namespace: string
  readonly state: RegistrationState
}

/** A provider record. Locations are display names, which az matches without blanks and letter case. */
export function renderProvider({ subscription, namespace, state }: Provider): JsonObject {
  const locations = allLocations().map((location) => location.displayName)
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationState: state,
    registrationPolicy: isUnregistrable(namespace) ? 'RegistrationRequired' : 'RegistrationFree',
    resourceTypes: typesOf(namespace).map(({ resourceType, apiVersions }) => ({
      resourceType,
      locations,
      apiVersions: [...apiVersions],
      defaultApiVersion: apiVersions[0] ?? '',
      capabilities: 'SupportsTags, SupportsLocation',
    })),
  }
}
