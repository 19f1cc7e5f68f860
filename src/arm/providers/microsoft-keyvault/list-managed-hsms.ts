import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { type GroupAddress, parseGroup, parseSubscription, type SubscriptionAddress } from '../../resource-id.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
}

interface Output {
  readonly rows: readonly []
}

/** ManagedHsms_ListBySubscription. There are no managed HSMs here, but az asks for them when it lists vaults. */
export const listManagedHsms = defineEmptyList({
  id: 'ManagedHsms_ListBySubscription',
  path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/managedHSMs',
  action: 'Microsoft.KeyVault/managedHSMs/read',
  place: (request) => parseSubscription(request.path),
})

/** ManagedHsms_ListByResourceGroup: the same in one group. */
export const listManagedHsmsByGroup = defineEmptyList({
  id: 'ManagedHsms_ListByResourceGroup',
  path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/managedHSMs',
  action: 'Microsoft.KeyVault/managedHSMs/read',
  place: (request) => parseGroup(request.path),
})

/** ManagedHsms_ListDeleted: without it `az keyvault list-deleted` fails. */
export const listDeletedManagedHsms = defineEmptyList({
  id: 'ManagedHsms_ListDeleted',
  path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/deletedManagedHSMs',
  action: 'Microsoft.KeyVault/deletedManagedHsms/read',
  place: (request) => parseSubscription(request.path),
})

function defineEmptyList(form: {
  readonly id: string
  readonly path: string
  readonly action: string
  readonly place: (request: OperationRequest) => SubscriptionAddress | GroupAddress
}): Operation<Input, undefined, Output> {
  return defineOperation({
    id: form.id,
    method: 'GET',
    path: form.path,
    since: '2020-04-01-preview',
    access: 'read',
    parse(request): Input {
      const place = form.place(request)
      return { target: place.scope, place }
    },
    requirements: () => 'filtered',
    async handle(context, { place }) {
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      return { rows: [] }
    },
    respond: ({ rows }) => respondJson(200, { value: rows }),
    audit: auditList(form.action),
  })
}
