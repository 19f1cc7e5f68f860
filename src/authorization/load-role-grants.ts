import { trustGuid } from '#base/ids.ts'
import { loadForIdentities, type TenantReader } from '#directory/membership.ts'
import { findCompiledBuiltInRole } from './built-in-roles.ts'
import { compileStoredCondition } from './conditions/stored-condition.ts'
import type { RoleGrant } from './evaluate.ts'
import { type CompiledRole, compileRole, parseStoredPermissions } from './role-definition.ts'
import { parseScope } from './scope.ts'

/**
 * The grants of a principal and its groups, each with its role compiled; `identities` are their object ids. Cost depends on
 * these rows alone, never on other principals'. Throws `internal` `RoleDefinitionDamaged` for a custom role and
 * `RoleAssignmentDamaged` for a condition that cannot be read.
 */
export async function loadRoleGrants(
  reader: TenantReader,
  identities: readonly string[],
): Promise<readonly RoleGrant[]> {
  const rows = await loadForIdentities(identities, (some) =>
    reader.kysely
      .selectFrom('role_assignment')
      .leftJoin('role_definition', (join) =>
        join
          .onRef('role_definition.tenant_id', '=', 'role_assignment.tenant_id')
          .onRef('role_definition.id', '=', 'role_assignment.role_definition_id'),
      )
      .select([
        'role_assignment.id as assignmentId',
        'role_assignment.principal_id as principalId',
        'role_assignment.scope_canonical as scope',
        'role_assignment.role_definition_id as roleDefinitionId',
        'role_assignment.condition as condition',
        'role_definition.permissions_json as permissionsJson',
      ])
      .where('role_assignment.tenant_id', '=', reader.tenant)
      .where('role_assignment.principal_id', 'in', some)
      .execute(),
  )
  const customRoles = new Map<string, CompiledRole>()
  return rows.flatMap((row) => {
    let role = findCompiledBuiltInRole(trustGuid(row.roleDefinitionId)) ?? customRoles.get(row.roleDefinitionId)
    if (role === undefined) {
      // A role that is gone allows nothing.
      if (row.permissionsJson === null) return []
      role = compileRole(parseStoredPermissions(row.permissionsJson))
      customRoles.set(row.roleDefinitionId, role)
    }
    const condition = row.condition === null ? undefined : compileStoredCondition(row.condition)
    const { assignmentId, principalId } = row
    return [{ assignmentId, principalId, scope: parseScope(row.scope), role, condition }]
  })
}
