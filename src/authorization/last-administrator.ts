import { ServiceError } from '#base/errors.ts'
import type { TenantReader, TenantWriter } from '#directory/membership.ts'
import { builtInRoles } from './built-in-roles.ts'
import { compileRole, parseStoredPermissions, type RolePermission } from './role-definition.ts'
import { rootScope } from './scope.ts'

/** Found once it is asked for: compiling every built-in role would be part of each start. */
let builtInAdministratorRoles: readonly string[] | undefined

/**
 * Does a change and gives its result, unless a subscription or the tenant root would be left without an administrator that has
 * one before: then nobody could manage access to it any more. An administrator is an enabled user or service principal that
 * has, itself or through groups, there or at the root, a role that may write and delete role assignments without a condition.
 *
 * For every write that takes away an assignment, what a role allows, a member or a principal. It must move the generation: such
 * writes are serialised, so no two of them count on each other's administrator. Throws `malformed`
 * `LastRBACAdminAssignmentCannotBeDeleted` after the change, which the caller's transaction must roll back.
 * Source: contracts/resource-manager-and-container-apps.md §1.3, "last owner".
 */
export async function refuseToLeaveNoAdministrator<Result>(
  writer: TenantWriter,
  change: () => Promise<Result>,
): Promise<Result> {
  const scopes = await scopesToAdminister(writer)
  const before = await administeredAmong(writer, scopes)
  const result = await change()
  const after = await administeredAmong(writer, scopes)
  // Who administers the root administers every subscription.
  const isLost = (scope: string) => !after.has(scope) && !after.has(rootScope.path)
  if ([...before].some(isLost)) {
    throw new ServiceError(
      'malformed',
      'LastRBACAdminAssignmentCannotBeDeleted',
      'Cannot delete the last RBAC admin assignment.',
    )
  }
  return result
}

async function scopesToAdminister(reader: TenantReader): Promise<readonly string[]> {
  const rows = await reader.kysely
    .selectFrom('subscription')
    .select('id')
    .where('tenant_id', '=', reader.tenant)
    .execute()
  return [rootScope.path, ...rows.map((row) => `/subscriptions/${row.id}`)]
}

/** Those of the scopes at which an administrator has its role. */
async function administeredAmong(reader: TenantReader, scopes: readonly string[]): Promise<ReadonlySet<string>> {
  const { kysely, tenant } = reader
  const roles = await administratorRoles(reader, scopes)
  const rows = await kysely
    .withRecursive('holder', (build) =>
      build
        .selectFrom('role_assignment')
        .select(['role_assignment.scope_canonical as scope', 'role_assignment.principal_id as id'])
        .where('role_assignment.tenant_id', '=', tenant)
        .where('role_assignment.scope_canonical', 'in', scopes)
        .where('role_assignment.role_definition_id', 'in', roles)
        .where('role_assignment.condition', 'is', null)
        .union(
          // As in `listTransitiveGroupMembers`: the left side of a cross join is read first.
          build
            .selectFrom('holder')
            .crossJoin('group_member')
            .select(['holder.scope as scope', 'group_member.member_id as id'])
            .where('group_member.tenant_id', '=', tenant)
            .whereRef('group_member.group_id', '=', 'holder.id'),
        ),
    )
    .selectFrom('holder')
    .crossJoin('principal')
    .select('holder.scope')
    .distinct()
    .where('principal.tenant_id', '=', tenant)
    .whereRef('principal.id', '=', 'holder.id')
    .where('principal.type', '!=', 'Group')
    .where('principal.enabled', '=', 1)
    .execute()
  return new Set(rows.map((row) => row.scope))
}

/** The ids of those roles that make an administrator: of the tenant's own, only those that are assigned at one of the scopes. */
async function administratorRoles(reader: TenantReader, scopes: readonly string[]): Promise<readonly string[]> {
  const { kysely, tenant } = reader
  const custom = await kysely
    .selectFrom('role_definition')
    .select(['id', 'permissions_json'])
    .where('tenant_id', '=', tenant)
    .where('id', 'in', (build) =>
      build
        .selectFrom('role_assignment')
        .select('role_definition_id')
        .where('role_assignment.tenant_id', '=', tenant)
        .where('scope_canonical', 'in', scopes)
        .where('condition', 'is', null),
    )
    .execute()
  const managing = custom.filter((row) => managesAccess(parseStoredPermissions(row.permissions_json)))
  builtInAdministratorRoles ??= builtInRoles.filter(({ permissions }) => managesAccess(permissions)).map(({ id }) => id)
  return [...builtInAdministratorRoles, ...managing.map(({ id }) => id)]
}

function managesAccess(permissions: readonly RolePermission[]): boolean {
  const role = compileRole(permissions)
  return ['write', 'delete'].every((verb) => {
    const name = `microsoft.authorization/roleassignments/${verb}`
    return role.allows('control', name) && role.conditionsOf('control', name).length === 0
  })
}
