import { sql } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import { type Guid, trustGuid } from '#base/ids.ts'
import type { TenantReader } from '#directory/membership.ts'
import { builtInRoles } from './built-in-roles.ts'
import { compileRole, parseStoredPermissions, type RolePermission } from './role-definition.ts'
import { rootScope, type Scope } from './scope.ts'

/**
 * Refuses to delete the assignment without which nobody could manage access to a subscription any more: the last one, at the
 * subscription or the tenant root, of a role that may write and delete role assignments without a condition, held by an enabled
 * principal or a group with members. Throws `malformed` `LastRBACAdminAssignmentCannotBeDeleted`.
 * Source: contracts/resource-manager-and-container-apps.md §1.3, "last owner".
 */
export async function refuseToRemoveLastAdministrator(
  reader: TenantReader,
  assignment: {
    readonly id: Guid
    readonly canonicalScope: Scope
    readonly roleDefinitionId: Guid
    readonly condition: string | undefined
  },
): Promise<void> {
  if (assignment.condition !== undefined) return
  const affected = await subscriptionsAffected(reader, assignment.canonicalScope)
  if (affected.length === 0) return
  const roles = await administratorRoles(reader)
  if (!roles.includes(assignment.roleDefinitionId)) return
  for (const subscription of affected) {
    if (!(await hasAdministrator(reader, { subscription, roles, except: assignment.id }))) throw lastAdministrator()
  }
}

function lastAdministrator(): ServiceError {
  return new ServiceError(
    'malformed',
    'LastRBACAdminAssignmentCannotBeDeleted',
    'Cannot delete the last RBAC admin assignment.',
  )
}

/**
 * Refuses to take access management out of a custom role that is the only one through which a subscription's access is managed.
 * Throws as above.
 */
export async function refuseToWeakenLastAdministrator(
  reader: TenantReader,
  role: { readonly id: Guid; readonly permissions: readonly RolePermission[] },
  permissions: readonly RolePermission[],
): Promise<void> {
  if (!managesAccess(role.permissions) || managesAccess(permissions)) return
  const others = (await administratorRoles(reader)).filter((id) => id !== role.id)
  for (const subscription of await subscriptionsAffected(reader, rootScope)) {
    if (!(await hasAdministrator(reader, { subscription, roles: [role.id] }))) continue
    if (!(await hasAdministrator(reader, { subscription, roles: others }))) throw lastAdministrator()
  }
}

async function subscriptionsAffected(reader: TenantReader, scope: Scope): Promise<readonly string[]> {
  if (scope.segments.length === 2 && scope.segments[0] === 'subscriptions') return [scope.path]
  if (scope.segments.length > 0) return []
  const rows = await reader.kysely
    .selectFrom('subscription')
    .select('id')
    .where('tenant_id', '=', reader.tenant)
    .execute()
  return rows.map((row) => `/subscriptions/${row.id}`)
}

async function administratorRoles(reader: TenantReader): Promise<readonly Guid[]> {
  const custom = await reader.kysely
    .selectFrom('role_definition')
    .select(['id', 'permissions_json'])
    .where('tenant_id', '=', reader.tenant)
    .execute()
  return [
    ...builtInRoles.filter((role) => managesAccess(role.permissions)).map((role) => role.id),
    ...custom
      .filter((row) => managesAccess(parseStoredPermissions(row.permissions_json)))
      .map((row) => trustGuid(row.id)),
  ]
}

function managesAccess(permissions: readonly RolePermission[]): boolean {
  const role = compileRole(permissions)
  return ['write', 'delete'].every((verb) => {
    const name = `microsoft.authorization/roleassignments/${verb}`
    return role.allows('control', name) && role.conditionsOf('control', name).length === 0
  })
}

async function hasAdministrator(
  reader: TenantReader,
  sought: { readonly subscription: string; readonly roles: readonly Guid[]; readonly except?: Guid },
): Promise<boolean> {
  const row = await reader.kysely
    .selectFrom('role_assignment')
    .innerJoin('principal', (join) =>
      join
        .onRef('principal.tenant_id', '=', 'role_assignment.tenant_id')
        .onRef('principal.id', '=', 'role_assignment.principal_id'),
    )
    .select('role_assignment.id')
    .where('role_assignment.tenant_id', '=', reader.tenant)
    .where('role_assignment.scope_canonical', 'in', [sought.subscription, rootScope.path])
    .where('role_assignment.role_definition_id', 'in', sought.roles)
    .where('role_assignment.id', '!=', sought.except ?? '')
    .where('role_assignment.condition', 'is', null)
    .where('principal.enabled', '=', 1)
    .where((eb) =>
      eb.or([
        eb('principal.type', '!=', 'Group'),
        eb.exists(
          eb
            .selectFrom('group_member')
            .select(sql`1`.as('one'))
            .whereRef('group_member.tenant_id', '=', 'principal.tenant_id')
            .whereRef('group_member.group_id', '=', 'principal.id'),
        ),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
