import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { SubscriptionId } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { parseSubscription } from '../../resource-id.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { deletedVaultPosition, deletedVaultsSince, renderDeletedVault } from './deleted-vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly subscription: SubscriptionId
  readonly page: PageRequest
}

interface Output extends Page<VaultRecord> {
  readonly path: string
}

/** Vaults_ListDeleted: the deleted vaults of a subscription. Who may list them at the subscription sees them all, as in Azure. */
export function listDeletedVaults(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'Vaults_ListDeleted',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/deletedVaults',
    since: deletedVaultsSince,
    access: 'read',
    parse(request): Input {
      const { subscription, scope } = parseSubscription(request.path)
      return { target: scope, subscription, page: parsePage(request) }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/deletedVaults/read')], scope: target },
    ],
    async handle({ transaction }, { target, subscription, page }) {
      const found = await collectPage(page, {
        fetch: (after, limit) =>
          its.vaults.listDeleted(transaction, {
            subscription,
            ...(after === undefined ? {} : { after: after.name }),
            limit,
          }),
        positionOf: deletedVaultPosition,
        isVisible: () => true,
      })
      return { ...found, path: `${target.path}/providers/Microsoft.KeyVault/deletedVaults` }
    },
    respond: ({ rows, next, path }, request) =>
      respondJson(200, { value: rows.map(renderDeletedVault), nextLink: nextLink(request, path, next) }),
    audit: auditList('Microsoft.KeyVault/deletedVaults/read'),
  })
}
