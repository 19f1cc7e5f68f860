import type { Guid, PrincipalId } from '#base/ids.ts'
import type { TenantReader } from '#directory/membership.ts'
import { listRoleAssignments, type RoleAssignment } from './role-assignment-store.ts'
import type { RolePermission } from './role-definition.ts'
import { findRoleDefinition } from './role-definition-store.ts'
import type { Scope } from './scope.ts'

const assignmentsAtOnce = 200

/**
 * What roles give a principal at a scope, itself and through its groups, each entry once; with the condition of the role, of the
 * assignment, or of both. Deny assignments take away from it what they say.
 */
export async function listEffectivePermissions(
  reader: TenantReader,
  principal: PrincipalId,
  scope: Scope,
): Promise<readonly RolePermission[]> {
  const entries = new Map<string, RolePermission>()
  for (const { roleDefinitionId, condition } of await assignmentsOf(reader, principal, scope)) {
    const role = await findRoleDefinition(reader, roleDefinitionId)
    for (const permission of role?.permissions ?? []) {
      const effective = underCondition(permission, condition)
      entries.set(JSON.stringify(effective), effective)
    }
  }
  return [...entries.values()]
}

async function assignmentsOf(
  reader: TenantReader,
  principal: PrincipalId,
  scope: Scope,
): Promise<readonly RoleAssignment[]> {
  const filter = { atScope: true, principalId: undefined, assignedTo: principal }
  const found: RoleAssignment[] = []
  let after: Guid | undefined
  do {
    const page = await listRoleAssignments(reader, { scope, filter, limit: assignmentsAtOnce, after })
    found.push(...page.assignments)
    after = page.next
  } while (after !== undefined)
  return found
}

function underCondition(permission: RolePermission, condition: string | undefined): RolePermission {
  if (condition === undefined) return permission
  const both = permission.condition === undefined ? condition : `(${permission.condition}) AND (${condition})`
  return { ...permission, condition: both }
}
