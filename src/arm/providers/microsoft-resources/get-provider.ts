import type { Scope } from '#authorization/scope.ts'
import { canonicalName } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { listUnregistered } from '../../provider-registration-store.ts'
import { parseSubscription } from '../../resource-id.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { parseNamespace } from './parse-namespace.ts'
import { type Provider, renderProvider } from './provider-wire.ts'

/** Providers_Get: what az asks before each containerapp command. */
export const getProvider = defineOperation({
  id: 'Providers_Get',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/providers/{namespace}',
  since: '2015-11-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return { target: scope, subscription, namespace: parseNamespace(request.path) }
  },
  requirements: () => 'filtered',
  async handle(context, { subscription, namespace }): Promise<Provider> {
    await requireVisibleSubscription(context, subscription)
    const unregistered = await listUnregistered(context.transaction, subscription)
    return {
      subscription,
      namespace,
      state: unregistered.has(canonicalName(namespace)) ? 'Unregistered' : 'Registered',
    }
  },
  respond: (provider) => respondJson(200, renderProvider(provider)),
  audit: auditTarget(
    'Microsoft.Resources/subscriptions/providers/read',
    ({ namespace }: { target: Scope; namespace: string }) => ({ namespace }),
  ),
})
