import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseSubscription } from '../../resource-id.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { namespaces, renderProvider } from './provider-wire.ts'

/** Providers_List: what Terraform asks at its start; only what is served, all of it registered. */
export const listProviders = defineOperation({
  id: 'Providers_List',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/providers',
  since: '2015-11-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return { target: scope, subscription }
  },
  requirements: () => 'filtered',
  handle: (context, { subscription }) => requireVisibleSubscription(context, subscription),
  respond: (subscription) =>
    respondJson(200, { value: namespaces.map((namespace) => renderProvider(subscription.id, namespace)) }),
  audit: auditTarget('Microsoft.Resources/subscriptions/providers/read'),
})
