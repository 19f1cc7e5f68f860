import { conditionVersion } from '#authorization/conditions/condition.ts'
import { type RoleAssignment, roleAssignmentResourceId } from '#authorization/role-assignment-store.ts'
import { roleDefinitionResourceId } from '#authorization/role-definition.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'

/** First api-version of role assignments and role definitions. */
export const authorizationSince = '2015-07-01'
export const roleAssignmentsPath = '/{scope...}/providers/Microsoft.Authorization/roleAssignments'
export const roleAssignmentPath = `${roleAssignmentsPath}/{name}`

/**
 * A role assignment on the wire. The role's id is written as seen from `asked`, the scope of the request: a list of role
 * definitions at the same scope writes it the same way, and az joins the two letter by letter.
 */
export function renderRoleAssignment(assignment: RoleAssignment, asked: Scope): JsonObject {
  return {
    properties: {
      roleDefinitionId: roleDefinitionResourceId(assignment.roleDefinitionId, asked),
      principalId: assignment.principalId,
      principalType: assignment.principalType,
      scope: assignment.scope,
      createdOn: assignment.createdAt.toISOString(),
      updatedOn: assignment.updatedAt.toISOString(),
      createdBy: assignment.createdBy,
      updatedBy: assignment.updatedBy,
      ...(assignment.description === undefined ? {} : { description: assignment.description }),
      ...(assignment.condition === undefined ? {} : { condition: assignment.condition, conditionVersion }),
    },
    id: roleAssignmentResourceId(assignment),
    type: 'Microsoft.Authorization/roleAssignments',
    name: assignment.id,
  }
}
