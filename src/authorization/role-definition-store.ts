import { z } from 'zod'
import { boundedList } from '#base/bounded-list.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, type Guid, trustGuid, tryParseGuid } from '#base/ids.ts'
import type { TenantReader, TenantWriter } from '#directory/membership.ts'
import type { Schema } from '#storage/schema.ts'
import { builtInRoles, findBuiltInRole } from './built-in-roles.ts'
import type { RoleDefinitionFilter } from './filter.ts'
import { refuseToLeaveNoAdministrator } from './last-administrator.ts'
import {
  parseStoredPermissions,
  parseStoredScopes,
  type RoleDefinition,
  type RolePermission,
} from './role-definition.ts'
import { coversScope, parseScope, type Scope, trimSlashes } from './scope.ts'

/** Azure's limits for custom roles. Source: Azure, "Azure RBAC limits" and "Azure custom roles", properties. */
const limits = {
  customRolesPerTenant: 5000,
  nameLength: 512,
  descriptionLength: 2048,
  assignableScopes: 2000,
  /** Azure does not say; a role of one entry is what it makes itself. */
  permissions: 100,
  /** Of each kind, in all entries together. */
  actions: 2048,
  actionLength: 512,
} as const

/** What a PUT of a custom role asks for. */
export interface CustomRoleRequest {
  readonly id: Guid
  /** As `parseCustomRole` gave them. */
  readonly properties: CustomRoleProperties
  /** Object id of the caller. */
  readonly by: string
}

export interface SavedRoleDefinition {
  readonly outcome: 'created' | 'updated'
  readonly role: RoleDefinition
}

/** What `parseCustomRole` makes of a body: checked, nothing stored. */
export interface CustomRoleProperties {
  readonly roleName: string
  readonly description: string
  readonly permissions: readonly RolePermission[]
  readonly assignableScopes: readonly string[]
}

const actionName = z
  .string()
  .min(1)
  .max(limits.actionLength)
  .regex(/^[A-Za-z0-9.*_/-]+$/)
const actionList = boundedList(actionName, limits.actions)
  .nullish()
  .transform((list) => list ?? [])

const customRole = z.object({
  roleName: z.string().trim().min(1).max(limits.nameLength),
  description: z.string().max(limits.descriptionLength).nullish(),
  type: z.literal('CustomRole').nullish(),
  permissions: boundedList(
    z.object({
      actions: actionList,
      notActions: actionList,
      dataActions: actionList,
      notDataActions: actionList,
      // A condition that is stored but not evaluated would grant more than it says.
      condition: z.literal('').nullish(),
      conditionVersion: z.literal('').nullish(),
    }),
    limits.permissions,
    { minimum: 1 },
  ),
  assignableScopes: boundedList(z.string(), limits.assignableScopes, { minimum: 1 }),
})

/**
 * Checks the `properties` of a custom role. Throws `malformed` `InvalidRoleDefinition` that names the field, never its value.
 * The caller must hold `Microsoft.Authorization/roleDefinitions/write` at every assignable scope: ask for that before saving.
 * Source: contracts/resource-manager-and-container-apps.md §4.1; Azure, "Azure custom roles".
 */
export function parseCustomRole(properties: unknown): CustomRoleProperties {
  const checked = customRole.safeParse(properties)
  if (!checked.success) {
    const field = checked.error.issues[0]?.path.join('.') ?? ''
    throw invalidRole(`properties.${field}`, 'is missing or not valid for a custom role')
  }
  const { roleName, description, permissions, assignableScopes } = checked.data
  const allowed = permissions.flatMap((entry) => [...entry.actions, ...entry.dataActions])
  if (allowed.length === 0) throw invalidRole('properties.permissions', 'must hold at least one action or data action')
  for (const kind of ['actions', 'notActions', 'dataActions', 'notDataActions'] as const) {
    const total = permissions.reduce((sum, entry) => sum + entry[kind].length, 0)
    if (total > limits.actions) {
      throw invalidRole('properties.permissions', `must hold at most ${limits.actions} of each kind of actions`)
    }
  }
  return {
    roleName,
    description: description ?? '',
    permissions: permissions.map(({ actions, notActions, dataActions, notDataActions }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions,
    })),
    assignableScopes: checkAssignableScopes(assignableScopes),
  }
}

function checkAssignableScopes(written: readonly string[]): readonly string[] {
  const byPath = new Map<string, string>()
  for (const text of written) {
    const scope = parseScope(text)
    if (scope.segments.length === 0) {
      throw invalidRole('properties.assignableScopes', 'cannot hold the root scope, which is for built-in roles')
    }
    byPath.set(scope.path, `/${trimSlashes(text)}`)
  }
  return [...byPath.values()]
}

/**
 * Creates a custom role or replaces one. Move the generation.
 *
 * Throws `malformed` `RoleDefinitionLimitExceeded`, `RoleDefinitionHasAssignments` when a scope is taken away that is in use,
 * `LastRBACAdminAssignmentCannotBeDeleted`; `forbidden` `BuiltInRoleUpdateNotPermitted`; `conflict`
 * `RoleDefinitionWithSameNameExists`.
 */
export async function saveCustomRole(writer: TenantWriter, request: CustomRoleRequest): Promise<SavedRoleDefinition> {
  refuseBuiltIn(request.id)
  const { properties } = request
  await refuseTakenName(writer, request.id, properties.roleName)
  const existing = await findRoleDefinition(writer, request.id)
  if (existing === undefined) await refuseTooMany(writer)
  else await refuseScopesInUse(writer, request.id, properties.assignableScopes)
  const role: RoleDefinition = {
    id: request.id,
    type: 'CustomRole',
    ...properties,
    createdAt: existing?.createdAt ?? writer.now,
    updatedAt: writer.now,
    createdBy: existing?.createdBy ?? request.by,
    updatedBy: request.by,
  }
  const values = {
    name: role.roleName,
    name_canonical: canonicalName(role.roleName),
    description: role.description,
    permissions_json: JSON.stringify(role.permissions),
    assignable_scopes_json: JSON.stringify(role.assignableScopes),
    created_at: role.createdAt.getTime(),
    updated_at: role.updatedAt.getTime(),
    created_by: role.createdBy ?? request.by,
    updated_by: request.by,
  }
  if (existing === undefined) {
    await writer.kysely
      .insertInto('role_definition')
      .values({ tenant_id: writer.tenant, id: role.id, ...values })
      .execute()
  } else {
    await refuseToLeaveNoAdministrator(writer, () =>
      writer.kysely
        .updateTable('role_definition')
        .set(values)
        .where('tenant_id', '=', writer.tenant)
        .where('id', '=', role.id)
        .execute(),
    )
  }
  return { outcome: existing === undefined ? 'created' : 'updated', role }
}

/**
 * Deletes a custom role and returns it; undefined when there was none. Throws `malformed` `RoleDefinitionHasAssignments`
 * while it is assigned, `forbidden` `BuiltInRoleUpdateNotPermitted`. Move the generation.
 */
export async function deleteCustomRole(writer: TenantWriter, id: Guid): Promise<RoleDefinition | undefined> {
  refuseBuiltIn(id)
  const role = await findRoleDefinition(writer, id)
  if (role === undefined) return undefined
  const assignment = await assignmentsOf(writer, id).limit(1).executeTakeFirst()
  if (assignment !== undefined) throw hasAssignments()
  await writer.kysely
    .deleteFrom('role_definition')
    .where('tenant_id', '=', writer.tenant)
    .where('id', '=', id)
    .execute()
  return role
}

/** The built-in or custom role with this id, or undefined. */
export async function findRoleDefinition(reader: TenantReader, id: Guid): Promise<RoleDefinition | undefined> {
  const builtIn = findBuiltInRole(id)
  if (builtIn !== undefined) return builtIn
  const row = await customRoles(reader).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/**
 * The roles that can be assigned at a scope, built-in ones first, then by name; with `atScopeAndBelow()` also custom roles
 * for scopes underneath. Not paged, as in Azure: a tenant holds at most 5,000 custom roles.
 */
export async function listRoleDefinitions(
  reader: TenantReader,
  query: { readonly scope: Scope; readonly filter: RoleDefinitionFilter },
): Promise<readonly RoleDefinition[]> {
  const { roleName, type, atScopeAndBelow } = query.filter
  const builtIn =
    type === 'CustomRole'
      ? []
      : builtInRoles.filter((role) => roleName === undefined || canonicalName(role.roleName) === roleName)
  if (type === 'BuiltInRole') return builtIn
  let rows = customRoles(reader)
  if (roleName !== undefined) rows = rows.where('name_canonical', '=', roleName)
  const custom = (await rows.orderBy('name_canonical').execute()).map(fromRow)
  const isListed = (role: RoleDefinition): boolean =>
    role.assignableScopes.map(parseScope).some((assignable) => {
      return coversScope(assignable, query.scope) || (atScopeAndBelow && coversScope(query.scope, assignable))
    })
  return [...builtIn, ...custom.filter(isListed)]
}

/**
 * The GUID in a role definition's ARM id, at whatever scope it is written. Throws `malformed` `InvalidRoleDefinitionId`.
 * Source: contracts/resource-manager-and-container-apps.md §4.1.
 */
export function parseRoleDefinitionId(text: string): Guid {
  const id = tryParseRoleDefinitionId(text)
  if (id === undefined) {
    throw new ServiceError(
      'malformed',
      'InvalidRoleDefinitionId',
      "'roleDefinitionId' must be the id of a role definition, '/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}'.",
      { target: 'roleDefinitionId' },
    )
  }
  return id
}

/** The same, undefined for what is none. */
export function tryParseRoleDefinitionId(text: string): Guid | undefined {
  const match = /(?:^|\/)providers\/microsoft\.authorization\/roledefinitions\/([^/]+)\/?$/i.exec(text)
  return tryParseGuid(match?.[1])
}

function refuseBuiltIn(id: Guid): void {
  if (findBuiltInRole(id) === undefined) return
  throw new ServiceError('forbidden', 'BuiltInRoleUpdateNotPermitted', `The built-in role '${id}' cannot be changed.`)
}

async function refuseTakenName(reader: TenantReader, id: Guid, roleName: string): Promise<void> {
  const canonical = canonicalName(roleName)
  const builtIn = builtInRoles.some((role) => canonicalName(role.roleName) === canonical)
  const twin = await customRoles(reader)
    .where('name_canonical', '=', canonical)
    .where('id', '!=', id)
    .executeTakeFirst()
  if (!builtIn && twin === undefined) return
  throw new ServiceError(
    'conflict',
    'RoleDefinitionWithSameNameExists',
    'A custom role with the same name already exists in this directory. Use a different name.',
  )
}

async function refuseTooMany(reader: TenantReader): Promise<void> {
  const row = await reader.kysely
    .selectFrom('role_definition')
    .select(({ fn }) => fn.countAll().as('total'))
    .where('tenant_id', '=', reader.tenant)
    .executeTakeFirst()
  if (Number(row?.total ?? 0) < limits.customRolesPerTenant) return
  throw new ServiceError(
    'malformed',
    'RoleDefinitionLimitExceeded',
    `Role definition limit exceeded. No more than ${limits.customRolesPerTenant} custom roles can be created.`,
  )
}

async function refuseScopesInUse(reader: TenantReader, id: Guid, assignableScopes: readonly string[]): Promise<void> {
  const kept = assignableScopes.map(parseScope)
  for (const row of await assignmentsOf(reader, id).execute()) {
    const inUse = parseScope(row.scope_canonical)
    if (!kept.some((scope) => coversScope(scope, inUse))) throw hasAssignments()
  }
}

function assignmentsOf(reader: TenantReader, id: Guid) {
  return reader.kysely
    .selectFrom('role_assignment')
    .select('scope_canonical')
    .where('tenant_id', '=', reader.tenant)
    .where('role_definition_id', '=', id)
}

function customRoles(reader: TenantReader) {
  return reader.kysely.selectFrom('role_definition').selectAll().where('tenant_id', '=', reader.tenant)
}

function fromRow(row: Schema['role_definition']): RoleDefinition {
  return {
    id: trustGuid(row.id),
    roleName: row.name,
    type: 'CustomRole',
    description: row.description,
    assignableScopes: parseStoredScopes(row.assignable_scopes_json),
    permissions: parseStoredPermissions(row.permissions_json),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    createdBy: row.created_by,
    updatedBy: row.updated_by,
  }
}

function invalidRole(target: string, problem: string): ServiceError {
  return new ServiceError('malformed', 'InvalidRoleDefinition', `'${target}' ${problem}.`, { target })
}

function hasAssignments(): ServiceError {
  return new ServiceError(
    'malformed',
    'RoleDefinitionHasAssignments',
    'There are existing role assignments referencing role.',
  )
}
