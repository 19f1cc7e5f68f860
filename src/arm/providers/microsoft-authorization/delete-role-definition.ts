import { action } from '#authorization/decision.ts'
import type { RoleDefinition } from '#authorization/role-definition.ts'
import { deleteCustomRole, findRoleDefinition } from '#authorization/role-definition-store.ts'
import { parseScope, type Scope } from '#authorization/scope.ts'
import type { Guid } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { authorizationFailed } from '../../dialect.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { requireCaller, respondEmpty, respondJson } from '../../wire.ts'
import { authorizationSince } from './role-assignment-wire.ts'
import { renderRoleDefinition, roleDefinitionPath } from './role-definition-wire.ts'

interface Input {
  readonly target: Scope
  readonly scope: Scope
  readonly id: Guid
}

interface Output {
  readonly role: RoleDefinition | undefined
  readonly asked: Scope
}

const deleteRole = action('Microsoft.Authorization/roleDefinitions/delete')

/** RoleDefinitions_Delete for custom roles: 200 with what was deleted, 204 when there was none. */
export const deleteRoleDefinition: Operation<Input, undefined, Output> = defineOperation({
  id: 'RoleDefinitions_Delete',
  method: 'DELETE',
  path: roleDefinitionPath,
  since: authorizationSince,
  access: 'write',
  moves: 'generation',
  parse(request): Input {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'role definition', 'InvalidRoleDefinitionId')
    return { target: extensionTarget(scope, 'roleDefinitions', id), scope, id }
  },
  requirements: (_context, { scope }) => [{ anyOf: [deleteRole], scope }],
  async handle(context, { scope, id }) {
    const { transaction, caller } = context
    const existing = await findRoleDefinition(transaction, id)
    for (const assignable of existing?.type === 'CustomRole' ? existing.assignableScopes.map(parseScope) : []) {
      if (!context.permits(deleteRole, assignable))
        throw authorizationFailed(requireCaller(caller), deleteRole, assignable)
    }
    return { role: await deleteCustomRole(transaction, id), asked: scope }
  },
  respond: ({ role, asked }) =>
    role === undefined ? respondEmpty(204) : respondJson(200, renderRoleDefinition(role, asked)),
  audit: auditTarget('Microsoft.Authorization/roleDefinitions/delete'),
})
