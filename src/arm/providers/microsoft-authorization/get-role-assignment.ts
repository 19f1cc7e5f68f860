import { action } from '#authorization/decision.ts'
import { findRoleAssignmentAt } from '#authorization/role-assignment-store.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { respondJson } from '../../wire.ts'
import { authorizationSince, renderRoleAssignment, roleAssignmentPath } from './role-assignment-wire.ts'

/** RoleAssignments_Get, by scope and name or by full id. */
export const getRoleAssignment = defineOperation({
  id: 'RoleAssignments_Get',
  method: 'GET',
  path: roleAssignmentPath,
  since: authorizationSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'role assignment', 'InvalidRoleAssignmentId')
    return { target: extensionTarget(scope, 'roleAssignments', id), scope, id }
  },
  requirements: (_context, { scope }) => [{ anyOf: [action('Microsoft.Authorization/roleAssignments/read')], scope }],
  async handle({ transaction }, { scope, id }) {
    const assignment = await findRoleAssignmentAt(transaction, scope, id)
    if (assignment === undefined) {
      throw new ServiceError('not-found', 'RoleAssignmentNotFound', `The role assignment '${id}' is not found.`)
    }
    return assignment
  },
  respond: (assignment) => respondJson(200, renderRoleAssignment(assignment, assignment.canonicalScope)),
  audit: auditTarget('Microsoft.Authorization/roleAssignments/read'),
})
