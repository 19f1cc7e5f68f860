import { sql } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import { type Guid, type PrincipalId, trustGuid } from '#base/ids.ts'
import { loadForIdentities, type TenantReader, type TenantWriter, transitiveGroups } from '#directory/membership.ts'
import type { Schema } from '#storage/schema.ts'
import { type AssignablePrincipalType, parsePrincipalType, resolvePrincipalType } from './assignable-principal.ts'
import { parseAssignmentCondition, requireConditionalRole } from './assignment-condition.ts'
import type { RoleAssignmentFilter } from './filter.ts'
import { refuseToLeaveNoAdministrator } from './last-administrator.ts'
import type { RoleDefinition } from './role-definition.ts'
import { findRoleDefinition, parseRoleDefinitionId } from './role-definition-store.ts'
import { coversScope, parseScope, type Scope, trimSlashes } from './scope.ts'
import { aroundScope, withinScopes } from './scope-query.ts'

/** A role assignment as stored: which role, to whom, where. */
export interface RoleAssignment {
  /** Its name: unique in the tenant. */
  readonly id: Guid
  /** The scope as it was written at creation, with a leading slash. */
  readonly scope: string
  readonly canonicalScope: Scope
  readonly roleDefinitionId: Guid
  readonly principalId: PrincipalId
  readonly principalType: AssignablePrincipalType
  readonly description: string | undefined
  /** The condition, version 2.0, under which it counts. */
  readonly condition: string | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Object ids. */
  readonly createdBy: string
  readonly updatedBy: string
}

/** The properties of a PUT, each as the caller wrote it. */
export interface RoleAssignmentRequest {
  readonly id: Guid
  /** The scope that was authorised, and its text as written; both say the same. */
  readonly scope: Scope
  readonly writtenScope: string
  /** `/subscriptions/…/roleDefinitions/{guid}` or `/providers/…/roleDefinitions/{guid}`. */
  readonly roleDefinitionId: string
  readonly principalId: PrincipalId
  /** Given, the directory is not asked whether the principal exists. */
  readonly principalType?: string | null | undefined
  readonly description?: string | null | undefined
  readonly condition?: string | null | undefined
  readonly conditionVersion?: string | null | undefined
  readonly delegatedManagedIdentityResourceId?: string | null | undefined
  /** Object id of the caller. */
  readonly by: string
}

export interface SavedRoleAssignment {
  /** `created` answers 201; the others 200. */
  readonly outcome: 'created' | 'updated' | 'unchanged'
  readonly assignment: RoleAssignment
}

const maximumDescriptionLength = 2048

/**
 * Creates a role assignment, or updates description and condition of the one with this id. Move the generation.
 *
 * Throws `malformed` `InvalidRoleAssignmentCondition`, `RoleAssignmentConditionNotSupported` for a role without anything that
 * conditions apply to, `RoleAssignmentUpdateNotPermitted` when anything else differs, `LastRBACAdminAssignmentCannotBeDeleted`
 * when a condition would leave nobody to manage access, `PrincipalNotFound`, `UnmatchedPrincipalType`, `InvalidRoleDefinitionId`;
 * `not-found` `RoleDefinitionDoesNotExist`; `conflict` `RoleAssignmentExists`.
 * Source: contracts/resource-manager-and-container-apps.md §1.3, §4.2; contracts/real-captures.md §2.
 */
export async function saveRoleAssignment(
  writer: TenantWriter,
  request: RoleAssignmentRequest,
): Promise<SavedRoleAssignment> {
  refuseWhatIsNotKept(request)
  const condition = parseAssignmentCondition(request)
  const roleDefinitionId = parseRoleDefinitionId(request.roleDefinitionId)
  const scope = writtenScopeOf(request)
  const existing = await findRoleAssignment(writer, request.id)
  if (existing !== undefined) return update(writer, existing, { request, roleDefinitionId, condition })
  const role = await requireAssignableRole(writer, roleDefinitionId, request.scope)
  if (condition !== undefined) requireConditionalRole(role)
  const principalType = await resolvePrincipalType(writer, request)
  await refuseTwin(writer, request, roleDefinitionId)
  const assignment: RoleAssignment = {
    id: request.id,
    scope,
    canonicalScope: request.scope,
    roleDefinitionId,
    principalId: request.principalId,
    principalType,
    description: request.description ?? undefined,
    condition,
    createdAt: writer.now,
    updatedAt: writer.now,
    createdBy: request.by,
    updatedBy: request.by,
  }
  await writer.kysely.insertInto('role_assignment').values(toRow(writer, assignment)).execute()
  return { outcome: 'created', assignment }
}

function refuseWhatIsNotKept(request: RoleAssignmentRequest): void {
  if (isGiven(request.delegatedManagedIdentityResourceId)) {
    throw new ServiceError(
      'malformed',
      'DelegatedManagedIdentityNotSupported',
      "'delegatedManagedIdentityResourceId' is not supported.",
      { target: 'delegatedManagedIdentityResourceId' },
    )
  }
  if ((request.description ?? '').length > maximumDescriptionLength) {
    throw new ServiceError(
      'malformed',
      'InvalidRoleAssignmentDescription',
      `'description' has more than ${maximumDescriptionLength} characters.`,
      { target: 'description' },
    )
  }
}

function isGiven(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}

function writtenScopeOf(request: RoleAssignmentRequest): string {
  const written = `/${trimSlashes(request.writtenScope)}`
  if (written.toLowerCase() !== request.scope.path) {
    throw new ServiceError(
      'internal',
      'ScopeMismatch',
      'The scope that was authorised is not the one that was written.',
    )
  }
  return written
}

async function update(
  writer: TenantWriter,
  existing: RoleAssignment,
  change: {
    readonly request: RoleAssignmentRequest
    readonly roleDefinitionId: Guid
    readonly condition: string | undefined
  },
): Promise<SavedRoleAssignment> {
  const { request, condition } = change
  const same =
    existing.canonicalScope.path === request.scope.path &&
    existing.roleDefinitionId === change.roleDefinitionId &&
    existing.principalId === request.principalId
  if (!same) {
    throw new ServiceError(
      'malformed',
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    )
  }
  const description = request.description ?? undefined
  if (description === existing.description && condition === existing.condition) {
    return { outcome: 'unchanged', assignment: existing }
  }
  if (condition !== undefined) {
    requireConditionalRole(await requireAssignableRole(writer, change.roleDefinitionId, request.scope))
  }
  await changeAssignment(writer, existing, () =>
    writer.kysely
      .updateTable('role_assignment')
      .set({
        description: description ?? null,
        condition: condition ?? null,
        updated_at: writer.now.getTime(),
        updated_by: request.by,
      })
      .where('tenant_id', '=', writer.tenant)
      .where('id', '=', existing.id)
      .execute(),
  )
  const updated = { description, condition, updatedAt: writer.now, updatedBy: request.by }
  return { outcome: 'updated', assignment: { ...existing, ...updated } }
}

async function changeAssignment(
  writer: TenantWriter,
  { canonicalScope }: RoleAssignment,
  change: () => Promise<unknown>,
): Promise<void> {
  // What is below a subscription makes nobody its administrator, and is deleted by the hundred with what it is at.
  if (canonicalScope.segments.length > 2) await change()
  else await refuseToLeaveNoAdministrator(writer, change)
}

async function requireAssignableRole(reader: TenantReader, id: Guid, scope: Scope): Promise<RoleDefinition> {
  const role = await findRoleDefinition(reader, id)
  if (role === undefined) {
    throw new ServiceError(
      'not-found',
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${withoutDashes(id)}' does not exist.`,
    )
  }
  if (!role.assignableScopes.some((assignable) => coversScope(parseScope(assignable), scope))) {
    throw new ServiceError(
      'malformed',
      'RoleAssignmentScopeNotAssignableToRoleDefinition',
      `The role definition with ID '${withoutDashes(id)}' is not assignable at the scope '${scope.path}'.`,
    )
  }
  return role
}

/** Writes that move the generation are serialised, so looking first and inserting then cannot race. */
async function refuseTwin(reader: TenantReader, request: RoleAssignmentRequest, roleDefinitionId: Guid): Promise<void> {
  const twin = await reader.kysely
    .selectFrom('role_assignment')
    .select('id')
    .where('tenant_id', '=', reader.tenant)
    .where('principal_id', '=', request.principalId)
    .where('scope_canonical', '=', request.scope.path)
    .where('role_definition_id', '=', roleDefinitionId)
    .executeTakeFirst()
  if (twin === undefined) return
  throw new ServiceError(
    'conflict',
    'RoleAssignmentExists',
    `The role assignment already exists. The ID of the existing role assignment is ${withoutDashes(twin.id)}.`,
  )
}

/** The assignment with this name anywhere in the tenant, or undefined. */
export async function findRoleAssignment(reader: TenantReader, id: Guid): Promise<RoleAssignment | undefined> {
  const row = await assignments(reader).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** The assignment with this name at exactly this scope, which is what a scope and name, or a full id, address. */
export async function findRoleAssignmentAt(
  reader: TenantReader,
  scope: Scope,
  id: Guid,
): Promise<RoleAssignment | undefined> {
  const row = await assignments(reader)
    .where('id', '=', id)
    .where('scope_canonical', '=', scope.path)
    .executeTakeFirst()
  return row && fromRow(row)
}

/**
 * Deletes an assignment and returns it; undefined when there was none at this scope. Throws `malformed`
 * `LastRBACAdminAssignmentCannotBeDeleted` when nobody could manage a subscription's access afterwards. Move the generation.
 */
export async function deleteRoleAssignment(
  writer: TenantWriter,
  scope: Scope,
  id: Guid,
): Promise<RoleAssignment | undefined> {
  const assignment = await findRoleAssignmentAt(writer, scope, id)
  if (assignment === undefined) return undefined
  await changeAssignment(writer, assignment, () =>
    writer.kysely.deleteFrom('role_assignment').where('tenant_id', '=', writer.tenant).where('id', '=', id).execute(),
  )
  return assignment
}

export interface RoleAssignmentQuery {
  readonly scope: Scope
  readonly filter: RoleAssignmentFilter
  /** Nothing but what is at these scopes or underneath. */
  readonly within?: readonly Scope[] | undefined
  /** Rows at most. */
  readonly limit: number
  /** The last id of the page before. */
  readonly after?: Guid | undefined
}

export interface RoleAssignmentPage {
  readonly assignments: readonly RoleAssignment[]
  /** Give it as `after` for the next page; undefined at the end. */
  readonly next: Guid | undefined
}

/**
 * One page of the assignments at a scope, inherited from above and, without `atScope()`, below, ordered by id. With a
 * principal filter only that principal's rows (and its groups', for `assignedTo`) are read.
 */
export async function listRoleAssignments(
  reader: TenantReader,
  query: RoleAssignmentQuery,
): Promise<RoleAssignmentPage> {
  const { assignedTo } = query.filter
  const found =
    assignedTo === undefined
      ? await selectAssignments(reader, query)
      : // The ids are read first: joined in one statement, a planner may read every assignment of the tenant instead.
        await loadForIdentities(await identitiesOf(reader, assignedTo), (some) =>
          selectAssignments(reader, query, some),
        )
  const page = found
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .slice(0, query.limit)
    .map(fromRow)
  return { assignments: page, next: found.length > query.limit ? page.at(-1)?.id : undefined }
}

/**
 * The scopes underneath `scope`, or it itself, at which a principal or a group of it has a role; undefined when there are more than
 * `maximum`.
 */
export async function findScopesHeld(
  reader: TenantReader,
  principal: PrincipalId,
  { scope, maximum }: { readonly scope: Scope; readonly maximum: number },
): Promise<readonly Scope[] | undefined> {
  const rows = await loadForIdentities(await identitiesOf(reader, principal), (some) =>
    assignments(reader)
      .clearSelect()
      .select('scope_canonical')
      .distinct()
      .where(withinScopes([scope]))
      .where('principal_id', 'in', some)
      .limit(maximum + 1)
      .execute(),
  )
  const paths = new Set(rows.map((row) => row.scope_canonical))
  return paths.size > maximum ? undefined : [...paths].map(parseScope)
}

/** One row more than a page holds, if there are so many; of these principals alone, if they are given. */
function selectAssignments(
  reader: TenantReader,
  { scope, filter, within, limit, after }: RoleAssignmentQuery,
  principals?: readonly string[],
): Promise<readonly Schema['role_assignment'][]> {
  let rows = assignments(reader).where(aroundScope('role_assignment.scope_canonical', scope, !filter.atScope))
  if (within !== undefined) rows = rows.where(withinScopes(within))
  if (principals !== undefined) rows = rows.where('principal_id', 'in', principals)
  if (filter.principalId !== undefined) rows = rows.where('principal_id', '=', filter.principalId)
  const narrowed = principals !== undefined || filter.principalId !== undefined
  // Ordered by the bare column, a planner walks the primary key, past every principal's rows, to spare a small sort.
  const position = narrowed ? sql<string>`role_assignment.id || ''` : sql.ref<string>('role_assignment.id')
  if (after !== undefined) rows = rows.where(position, '>', after)
  return rows
    .orderBy(position)
    .limit(limit + 1)
    .execute()
}

async function identitiesOf(reader: TenantReader, principal: PrincipalId): Promise<readonly string[]> {
  return [principal, ...(await transitiveGroups(reader, principal))]
}

/** The ARM id of an assignment. */
export function roleAssignmentResourceId(assignment: RoleAssignment): string {
  const scope = assignment.scope === '/' ? '' : assignment.scope
  return `${scope}/providers/Microsoft.Authorization/roleAssignments/${assignment.id}`
}

function assignments(reader: TenantReader) {
  return reader.kysely.selectFrom('role_assignment').selectAll().where('tenant_id', '=', reader.tenant)
}

function toRow(writer: TenantWriter, assignment: RoleAssignment): Schema['role_assignment'] {
  return {
    tenant_id: writer.tenant,
    id: assignment.id,
    scope: assignment.scope,
    scope_canonical: assignment.canonicalScope.path,
    role_definition_id: assignment.roleDefinitionId,
    principal_id: assignment.principalId,
    principal_type: assignment.principalType,
    description: assignment.description ?? null,
    condition: assignment.condition ?? null,
    created_at: assignment.createdAt.getTime(),
    updated_at: assignment.updatedAt.getTime(),
    created_by: assignment.createdBy,
    updated_by: assignment.updatedBy,
  }
}

function fromRow(row: Schema['role_assignment']): RoleAssignment {
  return {
    id: trustGuid(row.id),
    scope: row.scope,
    canonicalScope: parseScope(row.scope_canonical),
    roleDefinitionId: trustGuid(row.role_definition_id),
    principalId: trustGuid(row.principal_id),
    principalType: parsePrincipalType(row.principal_type),
    description: row.description ?? undefined,
    condition: row.condition ?? undefined,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    createdBy: row.created_by,
    updatedBy: row.updated_by,
  }
}

function withoutDashes(guid: string): string {
  return guid.replaceAll('-', '')
}
