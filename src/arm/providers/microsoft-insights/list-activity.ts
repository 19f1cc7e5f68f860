import { action } from '#authorization/decision.ts'
import { childScope, coversScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type OperationRequest } from '#operation/operation.ts'
import { type ActivityPosition, listActivity as loadActivity } from '../../activity-store.ts'
import { auditList } from '../../audit-rule.ts'
import { invalidSkipToken, nextLink, parsePage } from '../../paging.ts'
import { parseSubscription } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { parseActivityFilter } from './activity-filter.ts'
import { parseSelect, renderActivity, selectMembers } from './activity-wire.ts'

const path = '/subscriptions/{subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values'

/**
 * ActivityLogs_List: control-plane writes of the last 90 days, the newest first. Who may read the log of one group or
 * resource alone asks for that one.
 */
export const listActivity = defineOperation({
  id: 'ActivityLogs_List',
  method: 'GET',
  path,
  since: '2015-04-01',
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    const filter = parseActivityFilter(request.query.get('$filter'))
    return {
      target: scope,
      subscription,
      filter,
      asked: askedScope(scope, filter.resource, filter.resourceGroup),
      selected: parseSelect(request.query.get('$select')),
      page: parsePosition(request),
    }
  },
  requirements: (_context, { asked }) => [
    { anyOf: [action('Microsoft.Insights/eventtypes/values/Read')], scope: asked },
  ],
  async handle({ transaction, tenant }, { subscription, filter, page, selected, target }) {
    const { after, size } = page
    const found = await loadActivity(transaction, {
      subscription,
      filter,
      after,
      limit: size + 1,
    })
    const rows = found.slice(0, size)
    const last = found.length > size ? rows.at(-1) : undefined
    return {
      rows: rows.map((event) => selectMembers(renderActivity(event, tenant), selected)),
      next: last === undefined ? undefined : { resourceGroup: String(last.at.getTime()), name: last.id },
      path: `${target.path}/providers/Microsoft.Insights/eventtypes/management/values`,
    }
  },
  respond: ({ rows, next, path: listPath }, request) =>
    respondJson(200, { value: rows, nextLink: nextLink(request, listPath, next) }),
  audit: auditList('Microsoft.Insights/eventtypes/values/Read'),
})

/** Pages go on before a time and an id. Throws `malformed` `InvalidSkipToken` for a token that holds no time. */
function parsePosition(request: OperationRequest): {
  readonly after: ActivityPosition | undefined
  readonly size: number
} {
  const { after, size } = parsePage(request)
  if (after === undefined) return { after, size }
  const at = Number(after.resourceGroup)
  if (!Number.isSafeInteger(at)) throw invalidSkipToken()
  return { after: { at, id: after.name }, size }
}

/** The narrowest scope that holds all that is asked for. Throws `malformed` for a resource of another subscription. */
function askedScope(subscription: Scope, resource: Scope | undefined, resourceGroup: string | undefined): Scope {
  if (resource !== undefined) {
    if (coversScope(subscription, resource)) return resource
    const message = 'The resource of the $filter is not in the subscription.'
    throw new ServiceError('malformed', 'InvalidFilterInQueryString', message, { target: '$filter' })
  }
  if (resourceGroup === undefined) return subscription
  return childScope(subscription, 'resourceGroups', resourceGroup)
}
