import { action } from '#authorization/decision.ts'
import { listDenyAssignments as loadDenyAssignments } from '#authorization/deny-assignment-store.ts'
import { parseDenyAssignmentFilter } from '#authorization/filter.ts'
import { tryParseGuid } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionScope } from '../../extension-scope.ts'
import { collectPage, nextLink, parsePage } from '../../paging.ts'
import { respondJson } from '../../wire.ts'
import { denyAssignmentsPath, denyAssignmentsSince, renderDenyAssignment } from './deny-assignment-wire.ts'

const readDenyAssignment = action('Microsoft.Authorization/denyAssignments/read')

/** DenyAssignments_ListForScope: at the scope, inherited and below; each to who may read it there. */
export const listDenyAssignments = defineOperation({
  id: 'DenyAssignments_ListForScope',
  method: 'GET',
  path: denyAssignmentsPath,
  since: denyAssignmentsSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const filter = parseDenyAssignmentFilter(request.query.get('$filter'))
    return { target: extensionTarget(scope, 'denyAssignments'), scope, filter, page: parsePage(request) }
  },
  requirements: () => 'filtered',
  async handle(context, { target, scope, filter, page }) {
    const { transaction } = context
    const seesAll = context.permits(readDenyAssignment, scope)
    const found = await collectPage(page, {
      fetch: async (after, limit) => {
        const query = { scope, filter, limit, after: tryParseGuid(after?.name) }
        return (await loadDenyAssignments(transaction, query)).denyAssignments
      },
      positionOf: (deny) => ({ resourceGroup: '', name: deny.id }),
      isVisible: (deny) => seesAll || context.permits(readDenyAssignment, deny.canonicalScope),
    })
    return { ...found, path: target.path }
  },
  respond: ({ rows, next, path }, request) =>
    respondJson(200, { value: rows.map(renderDenyAssignment), nextLink: nextLink(request, path, next) }),
  audit: auditList('Microsoft.Authorization/denyAssignments/read'),
})
