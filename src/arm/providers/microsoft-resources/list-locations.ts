import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { allLocations } from '../../locations.ts'
import { parseSubscription } from '../../resource-id.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'

/** Subscriptions_ListLocations. */
export const listLocations = defineOperation({
  id: 'Subscriptions_ListLocations',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/locations',
  since: '2015-11-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return { target: scope, subscription }
  },
  requirements: () => 'filtered',
  handle: (context, { subscription }) => requireVisibleSubscription(context, subscription),
  respond: (subscription) =>
    respondJson(200, {
      value: allLocations().map(({ name, displayName }) => ({
        id: `/subscriptions/${subscription.id}/locations/${name}`,
        name,
        type: 'Region',
        displayName,
        regionalDisplayName: displayName,
        metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
      })),
    }),
  audit: auditTarget('Microsoft.Resources/subscriptions/locations/read'),
})
