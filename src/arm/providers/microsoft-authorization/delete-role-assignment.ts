import { action } from '#authorization/decision.ts'
import {
  type RoleAssignment,
  deleteRoleAssignment as removeRoleAssignment,
} from '#authorization/role-assignment-store.ts'
import type { Scope } from '#authorization/scope.ts'
import type { Guid } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { respondEmpty, respondJson } from '../../wire.ts'
import { attributesOfStored } from './assignment-attributes.ts'
import { authorizationSince, renderRoleAssignment, roleAssignmentPath } from './role-assignment-wire.ts'

interface Input {
  readonly target: Scope
  readonly scope: Scope
  readonly id: Guid
}

/** RoleAssignments_Delete: 200 with what was deleted (az parses it), 204 when there was none. */
export const deleteRoleAssignment: Operation<Input, undefined, RoleAssignment | undefined> = defineOperation({
  id: 'RoleAssignments_Delete',
  method: 'DELETE',
  path: roleAssignmentPath,
  since: authorizationSince,
  access: 'write',
  moves: 'generation',
  parse(request): Input {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'role assignment', 'InvalidRoleAssignmentId')
    return { target: extensionTarget(scope, 'roleAssignments', id), scope, id }
  },
  requirements: (_context, { scope, id }) => [
    {
      anyOf: [action('Microsoft.Authorization/roleAssignments/delete')],
      scope,
      attributes: (reader) => attributesOfStored(reader, scope, id),
    },
  ],
  handle: ({ transaction }, { scope, id }) => removeRoleAssignment(transaction, scope, id),
  respond: (assignment) =>
    assignment === undefined
      ? respondEmpty(204)
      : respondJson(200, renderRoleAssignment(assignment, assignment.canonicalScope)),
  audit: auditTarget(
    'Microsoft.Authorization/roleAssignments/delete',
    (_input: Input, output: RoleAssignment | undefined) =>
      output === undefined ? {} : { principalId: output.principalId, roleDefinitionId: output.roleDefinitionId },
  ),
})
