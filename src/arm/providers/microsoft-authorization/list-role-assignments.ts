import { action } from '#authorization/decision.ts'
import { parseRoleAssignmentFilter } from '#authorization/filter.ts'
import { findScopesHeld, listRoleAssignments as loadRoleAssignments } from '#authorization/role-assignment-store.ts'
import { tryParseGuid } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionScope } from '../../extension-scope.ts'
import { collectPage, nextLink, parsePage } from '../../paging.ts'
import { requireCaller, respondJson } from '../../wire.ts'
import { authorizationSince, renderRoleAssignment, roleAssignmentsPath } from './role-assignment-wire.ts'

const readAssignment = action('Microsoft.Authorization/roleAssignments/read')

const maximumScopes = 100

/**
 * RoleAssignments_ListForScope: at the scope, inherited and below, as the filter says. Who may read assignments at the scope
 * sees what it inherits too; others see those below that they may read.
 */
export const listRoleAssignments = defineOperation({
  id: 'RoleAssignments_ListForScope',
  method: 'GET',
  path: roleAssignmentsPath,
  since: authorizationSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const filter = parseRoleAssignmentFilter(request.query.get('$filter'))
    return { target: extensionTarget(scope, 'roleAssignments'), scope, filter, page: parsePage(request) }
  },
  requirements: () => 'filtered',
  async handle(context, { target, scope, filter, page }) {
    const { transaction } = context
    const seesAll = context.permits(readAssignment, scope)
    const { principal } = requireCaller(context.caller)
    // Who may not read here may read where it has a role: it does not make us walk past everybody's assignments.
    const within = seesAll ? undefined : await findScopesHeld(transaction, principal, { scope, maximum: maximumScopes })
    const found = await collectPage(page, {
      fetch: async (after, limit) => {
        const query = { scope, filter, within, limit, after: tryParseGuid(after?.name) }
        return (await loadRoleAssignments(transaction, query)).assignments
      },
      positionOf: (assignment) => ({ resourceGroup: '', name: assignment.id }),
      isVisible: (assignment) => seesAll || context.permits(readAssignment, assignment.canonicalScope),
    })
    return { ...found, scope, path: target.path }
  },
  respond: ({ rows, next, scope, path }, request) =>
    respondJson(200, {
      value: rows.map((assignment) => renderRoleAssignment(assignment, scope)),
      nextLink: nextLink(request, path, next),
    }),
  audit: auditList('Microsoft.Authorization/roleAssignments/read'),
})
