import { action } from '#authorization/decision.ts'
import { childScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { SubscriptionId } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { type RegistrationState, saveRegistration } from '../../provider-registration-store.ts'
import { parseSubscription } from '../../resource-id.ts'
import { isUnregistrable } from '../../resource-types.ts'
import { requireSubscription } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { parseNamespace } from './parse-namespace.ts'
import { type Provider, renderProvider } from './provider-wire.ts'

interface Input {
  readonly target: Scope
  readonly scope: Scope
  readonly subscription: SubscriptionId
  readonly namespace: string
}

/** Providers_Register: done at once. */
export const registerProvider = defineRegistration({
  id: 'Providers_Register',
  verb: 'register',
  state: 'Registered',
})

/** Providers_Unregister: writes to the namespace are refused from then on; what is there stays and can be read. */
export const unregisterProvider = defineRegistration({
  id: 'Providers_Unregister',
  verb: 'unregister',
  state: 'Unregistered',
})

function defineRegistration(form: {
  readonly id: string
  readonly verb: 'register' | 'unregister'
  readonly state: RegistrationState
}): Operation<Input, undefined, Provider> {
  const { id, verb, state } = form
  return defineOperation({
    id,
    method: 'POST',
    path: `/subscriptions/{subscriptionId}/providers/{namespace}/${verb}`,
    since: '2015-11-01',
    access: 'write',
    parse(request): Input {
      const { subscription, scope } = parseSubscription(request.path)
      const namespace = parseNamespace(request.path)
      return { target: childScope(scope, 'providers', namespace), scope, subscription, namespace }
    },
    requirements: (_context, { scope, namespace }) => [{ anyOf: [action(`${namespace}/${verb}/action`)], scope }],
    async handle({ transaction }, { subscription, namespace }): Promise<Provider> {
      await requireSubscription(transaction, subscription)
      if (!isUnregistrable(namespace)) {
        if (state === 'Registered') return { subscription, namespace, state }
        const message = `The namespace '${namespace}' is always registered.`
        throw new ServiceError('malformed', 'CannotUnregisterRegistrationFreeResourceProvider', message)
      }
      await saveRegistration(transaction, { subscription, namespace }, state)
      return { subscription, namespace, state }
    },
    respond: (provider) => respondJson(200, renderProvider(provider)),
    audit: auditTarget(`Microsoft.Resources/subscriptions/providers/${verb}/action`, ({ namespace }: Input) => ({
      namespace,
    })),
  })
}
