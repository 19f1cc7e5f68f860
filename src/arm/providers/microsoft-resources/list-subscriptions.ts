import { rootScope } from '#authorization/scope.ts'
import { listSubscriptions as loadSubscriptions, type Subscription } from '#directory/tenant-store.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { isVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { renderSubscription } from './subscription-wire.ts'

/** Subscriptions_List: those in which the caller has any role. az shows "No subscriptions found" for none. */
export const listSubscriptions = defineOperation({
  id: 'Subscriptions_List',
  method: 'GET',
  path: '/subscriptions',
  since: '2015-11-01',
  access: 'read',
  parse: () => ({ target: rootScope }),
  requirements: () => 'filtered',
  async handle(context) {
    const rows: Subscription[] = []
    for (const subscription of await loadSubscriptions(context.transaction.kysely, context.tenant)) {
      if (await isVisibleSubscription(context, subscription.id)) rows.push(subscription)
    }
    return { rows }
  },
  respond: ({ rows }) =>
    respondJson(200, {
      value: rows.map(renderSubscription),
      count: { type: 'Total', value: rows.length },
    }),
  audit: auditList('Microsoft.Resources/subscriptions/read'),
})
