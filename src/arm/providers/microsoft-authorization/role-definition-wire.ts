import { type RoleDefinition, roleDefinitionResourceId } from '#authorization/role-definition.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { definedMembers } from '../../wire.ts'

export const roleDefinitionsPath = '/{scope...}/providers/Microsoft.Authorization/roleDefinitions'
export const roleDefinitionPath = `${roleDefinitionsPath}/{name}`

/** A role definition on the wire, its id as seen from the scope of the request. */
export function renderRoleDefinition(role: RoleDefinition, asked: Scope): JsonObject {
  return {
    properties: definedMembers({
      roleName: role.roleName,
      type: role.type,
      description: role.description,
      assignableScopes: role.assignableScopes,
      permissions: role.permissions.map(({ actions, notActions, dataActions, notDataActions }) => ({
        actions,
        notActions,
        dataActions,
        notDataActions,
      })),
      createdOn: role.createdAt.toISOString(),
      updatedOn: role.updatedAt.toISOString(),
      createdBy: role.createdBy,
      updatedBy: role.updatedBy,
    }),
    id: roleDefinitionResourceId(role.id, asked),
    type: 'Microsoft.Authorization/roleDefinitions',
    name: role.id,
  }
}
