import type { JsonObject } from '#base/json.ts'
import type { Subscription } from '#directory/tenant-store.ts'

/** A subscription on the wire. */
export function renderSubscription(subscription: Subscription): JsonObject {
  return {
    id: `/subscriptions/${subscription.id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: subscription.id,
    tenantId: subscription.tenant,
    displayName: subscription.displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Internal_2014-09-01',
      quotaId: 'Internal_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}
