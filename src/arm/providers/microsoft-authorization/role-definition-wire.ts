import { conditionVersion } from '#authorization/conditions/condition.ts'
import { type RoleDefinition, type RolePermission, roleDefinitionResourceId } from '#authorization/role-definition.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { definedMembers } from '../../wire.ts'

export const roleDefinitionsPath = '/{scope...}/providers/Microsoft.Authorization/roleDefinitions'
export const roleDefinitionPath = `${roleDefinitionsPath}/{name}`

/** One entry of `permissions` on the wire, its condition with it. */
export function renderPermission(permission: RolePermission): JsonObject {
  const { actions, notActions, dataActions, notDataActions, condition } = permission
  const lists = { actions, notActions, dataActions, notDataActions }
  return condition === undefined ? lists : { ...lists, condition, conditionVersion }
}

/** A role definition on the wire, its id as seen from the scope of the request. */
export function renderRoleDefinition(role: RoleDefinition, asked: Scope): JsonObject {
  return {
    properties: definedMembers({
      roleName: role.roleName,
      type: role.type,
      description: role.description,
      assignableScopes: role.assignableScopes,
      permissions: role.permissions.map(renderPermission),
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
