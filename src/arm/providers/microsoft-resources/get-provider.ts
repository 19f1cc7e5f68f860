import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseSubscription } from '../../resource-id.ts'
import { requireVisibleSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { findNamespace, renderProvider } from './provider-wire.ts'

/** Providers_Get: what az asks before each containerapp command. */
export const getProvider = defineOperation({
  id: 'Providers_Get',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/providers/{namespace}',
  since: '2015-11-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    const namespace = findNamespace(request.path['namespace'] ?? '')
    if (namespace === undefined) {
      throw new ServiceError('not-found', 'InvalidResourceNamespace', 'The resource namespace is invalid.', {
        target: 'resourceProviderNamespace',
      })
    }
    return { target: scope, subscription, namespace }
  },
  requirements: () => 'filtered',
  async handle(context, { subscription, namespace }) {
    await requireVisibleSubscription(context, subscription)
    return { subscription, namespace }
  },
  respond: ({ subscription, namespace }) => respondJson(200, renderProvider(subscription, namespace)),
  audit: auditTarget(
    'Microsoft.Resources/subscriptions/providers/read',
    ({ namespace }: { target: Scope; namespace: string }) => ({ namespace }),
  ),
})
