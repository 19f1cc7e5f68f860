import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseSubscription } from '../../resource-id.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { renderSubscription } from './subscription-wire.ts'

/** Subscriptions_Get. A subscription in which the caller has no role is not found. */
export const getSubscription = defineOperation({
  id: 'Subscriptions_Get',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}',
  since: '2015-11-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return { target: scope, subscription }
  },
  requirements: () => 'filtered',
  handle: (context, { subscription }) => requireVisibleSubscription(context, subscription),
  respond: (subscription) => respondJson(200, renderSubscription(subscription)),
  audit: auditTarget('Microsoft.Resources/subscriptions/read'),
})
