import { canonicalName } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { listUnregistered } from '../../provider-registration-store.ts'
import { parseSubscription } from '../../resource-id.ts'
import { namespaces } from '../../resource-types.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { type Provider, renderProvider } from './provider-wire.ts'

/** Providers_List: what Terraform asks at its start; only what is served. */
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
  async handle(context, { subscription }): Promise<readonly Provider[]> {
    await requireVisibleSubscription(context, subscription)
    const unregistered = await listUnregistered(context.transaction, subscription)
    return namespaces.map((namespace) => ({
      subscription,
      namespace,
      state: unregistered.has(canonicalName(namespace)) ? 'Unregistered' : 'Registered',
    }))
  },
  respond: (providers) => respondJson(200, { value: providers.map(renderProvider) }),
  audit: auditTarget('Microsoft.Resources/subscriptions/providers/read'),
})
