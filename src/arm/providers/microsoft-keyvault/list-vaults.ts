import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies, VaultRecord } from '../../dependencies.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { type GroupAddress, parseGroup, parseSubscription, type SubscriptionAddress } from '../../resource-id.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { renderVault, vaultPosition, vaultScope, vaultsSince, vaultType } from './vault-wire.ts'

type Its = Pick<ResourceManagerDependencies, 'vaults' | 'namesFor'>

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
  readonly page: PageRequest
}

interface Output extends Page<VaultRecord> {
  readonly path: string
}

const readVault = action('Microsoft.KeyVault/vaults/read')

/** Vaults_ListBySubscription: the vaults that the caller may read. */
export function listVaults(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'Vaults_ListBySubscription',
    path: `/subscriptions/{subscriptionId}/providers/${vaultType}`,
    parsePlace: parseSubscription,
  })
}

/** Vaults_ListByResourceGroup: the same in one group. */
export function listVaultsByGroup(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'Vaults_ListByResourceGroup',
    path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${vaultType}`,
    parsePlace: parseGroup,
  })
}

function defineList(
  its: Its,
  form: {
    readonly id: string
    readonly path: string
    readonly parsePlace: (path: Readonly<Record<string, string>>) => SubscriptionAddress | GroupAddress
  },
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: form.id,
    method: 'GET',
    path: form.path,
    since: vaultsSince,
    access: 'read',
    parse(request) {
      const place = form.parsePlace(request.path)
      return { target: place.scope, place, page: parsePage(request) }
    },
    requirements: () => 'filtered',
    async handle(context, { target, place, page }) {
      const { transaction } = context
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      const resourceGroup = 'resourceGroup' in place ? place.resourceGroup : undefined
      const found = await collectPage(page, {
        fetch: (after, limit) =>
          its.vaults.list(transaction, {
            subscription: place.subscription,
            ...(resourceGroup === undefined ? {} : { resourceGroup }),
            ...(after === undefined ? {} : { after }),
            limit,
          }),
        positionOf: vaultPosition,
        isVisible: ({ address }) => context.permits(readVault, vaultScope(address)),
      })
      return { ...found, path: `${target.path}/providers/${vaultType}` }
    },
    respond: ({ rows, next, path }, request) => {
      const owner = { tenant: request.place.tenant, names: its.namesFor(request.origin) }
      const value = rows.map((vault) => renderVault(vault, owner))
      return respondJson(200, { value, nextLink: nextLink(request, path, next) })
    },
    audit: auditList('Microsoft.KeyVault/vaults/read'),
  })
}
