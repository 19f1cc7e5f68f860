import { action } from '#authorization/decision.ts'
import { childScope } from '#authorization/scope.ts'
import { canonicalName } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { collectPage, nextLink, parsePage } from '../../paging.ts'
import { matchesTags, parseResourceFilter } from '../../resource-filter.ts'
import { listGroups, type ResourceGroup } from '../../resource-group-store.ts'
import { parseSubscription } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { groupsSince, renderGroup } from './group-wire.ts'

const readGroup = action('Microsoft.Resources/subscriptions/resourceGroups/read')

/** ResourceGroups_List: the groups that the caller may read. */
export const listResourceGroups = defineOperation({
  id: 'ResourceGroups_List',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/resourceGroups',
  since: groupsSince,
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return {
      target: scope,
      subscription,
      page: parsePage(request),
      filter: parseResourceFilter(request.query.get('$filter')),
    }
  },
  requirements: () => 'filtered',
  async handle(context, { subscription, target, page, filter }) {
    const { transaction } = context
    const matches = (group: ResourceGroup) =>
      (filter.name === undefined || canonicalName(group.name) === filter.name) &&
      (filter.location === undefined || group.location === filter.location.replaceAll(' ', '')) &&
      matchesTags(filter, group.tags)
    const { rows, next } = await collectPage(page, {
      fetch: (after, limit) => listGroups(transaction, { subscription, after: after?.name, limit }),
      positionOf: (group) => ({ resourceGroup: '', name: canonicalName(group.name) }),
      isVisible: (group) =>
        matches(group) && context.permits(readGroup, childScope(target, 'resourceGroups', group.name)),
    })
    return { rows, next, path: `${target.path}/resourcegroups` }
  },
  respond: ({ rows, next, path }, request) =>
    respondJson(200, { value: rows.map(renderGroup), nextLink: nextLink(request, path, next) }),
  audit: auditList('Microsoft.Resources/subscriptions/resourceGroups/read'),
})
