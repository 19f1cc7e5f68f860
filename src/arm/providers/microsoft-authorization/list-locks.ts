import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import { defineOperation, type OperationRequest } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { listLocks as loadLocks } from '../../lock-store.ts'
import { collectPage, nextLink, parsePage } from '../../paging.ts'
import { respondJson } from '../../wire.ts'
import { locksPath, locksSince, parseLockScope, renderLock } from './lock-wire.ts'

const readLocks = action('Microsoft.Authorization/locks/read')

/** ManagementLocks_ListByScope, at any level: the locks at the scope and below; with `atScope()` those at it and above. */
export const listLocks = defineOperation({
  id: 'ManagementLocks_ListByScope',
  method: 'GET',
  path: locksPath,
  since: locksSince,
  access: 'read',
  parse(request) {
    const { scope, writtenScope } = parseLockScope(request)
    return { target: scope, writtenScope, reach: parseReach(request), page: parsePage(request) }
  },
  requirements: () => 'filtered',
  async handle(context, { target, writtenScope, reach, page }) {
    const found = await collectPage(page, {
      fetch: (after, limit) =>
        loadLocks(context.transaction, {
          scope: target,
          reach,
          after: after === undefined ? undefined : { scope: after.resourceGroup, name: after.name },
          limit,
        }),
      positionOf: (lock) => ({ resourceGroup: lock.scope.path, name: canonicalName(lock.name) }),
      isVisible: (lock) => context.permits(readLocks, lock.scope),
    })
    return { ...found, path: `${writtenScope}/providers/Microsoft.Authorization/locks` }
  },
  respond: ({ rows, next, path }, request) =>
    respondJson(200, { value: rows.map(renderLock), nextLink: nextLink(request, path, next) }),
  audit: auditList('Microsoft.Authorization/locks/read'),
})

function parseReach(request: OperationRequest): 'below' | 'above' {
  const filter = request.query.get('$filter')?.trim() ?? ''
  if (filter === '') return 'below'
  if (/^atScope\(\)$/i.test(filter)) return 'above'
  throw new ServiceError('malformed', 'InvalidFilterInQueryString', "The $filter of locks is 'atScope()' or absent.", {
    target: '$filter',
  })
}
