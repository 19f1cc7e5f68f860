import { ServiceError } from '#base/errors.ts'
import { type Guid, type PrincipalId, trustGuid } from '#base/ids.ts'
import { loadForIdentities, type TenantReader, type TenantWriter } from '#directory/membership.ts'
import type { Schema } from '#storage/schema.ts'
import { type DenyRule, everyonePrincipalId } from './evaluate.ts'
import type { DenyAssignmentFilter } from './filter.ts'
import { compileRole, parseStoredPermissions, type RolePermission } from './role-definition.ts'
import { parseScope, type Scope } from './scope.ts'
import { aroundScope } from './scope-query.ts'

/** A principal that a deny assignment names or excludes. `SystemDefined` with the empty GUID is everyone. */
export interface DenyAssignmentPrincipal {
  readonly id: string
  readonly type: 'User' | 'Group' | 'ServicePrincipal' | 'SystemDefined'
}

/** A deny assignment: blocks actions for its principals, whatever their roles allow. */
export interface DenyAssignment {
  readonly id: Guid
  readonly name: string
  readonly description: string
  /** As written at creation. */
  readonly scope: string
  readonly canonicalScope: Scope
  readonly permissions: readonly RolePermission[]
  /** False (`doNotApplyToChildScopes`): it blocks at exactly its scope. */
  readonly appliesToChildScopes: boolean
  readonly principals: readonly DenyAssignmentPrincipal[]
  readonly excludePrincipals: readonly DenyAssignmentPrincipal[]
  readonly isSystemProtected: boolean
  readonly createdAt: Date
}

export type NewDenyAssignment = Omit<DenyAssignment, 'scope' | 'canonicalScope' | 'createdAt'> & {
  readonly scope: Scope
}

/**
 * Creates a deny assignment. Callers of the resource manager can only read them; these are made by the platform. Throws
 * `conflict` `DenyAssignmentExists` for an id that is taken, `malformed` `InvalidDenyAssignment` when it names nobody or blocks
 * nothing. Move the generation.
 */
export async function createDenyAssignment(writer: TenantWriter, request: NewDenyAssignment): Promise<DenyAssignment> {
  const blocks = request.permissions.some((entry) => entry.actions.length + entry.dataActions.length > 0)
  if (request.principals.length === 0 || !blocks) {
    throw new ServiceError('malformed', 'InvalidDenyAssignment', 'A deny assignment names principals and actions.')
  }
  if ((await findDenyAssignment(writer, request.id)) !== undefined) {
    throw new ServiceError('conflict', 'DenyAssignmentExists', `The deny assignment '${request.id}' already exists.`)
  }
  await writer.kysely
    .insertInto('deny_assignment')
    .values({
      tenant_id: writer.tenant,
      id: request.id,
      name: request.name,
      description: request.description,
      scope: request.scope.path,
      scope_canonical: request.scope.path,
      permissions_json: JSON.stringify(request.permissions),
      applies_to_child_scopes: request.appliesToChildScopes ? 1 : 0,
      is_system_protected: request.isSystemProtected ? 1 : 0,
      created_at: writer.now.getTime(),
    })
    .execute()
  const named = [
    ...request.principals.map((principal) => ({ principal, excluded: 0 })),
    ...request.excludePrincipals.map((principal) => ({ principal, excluded: 1 })),
  ]
  for (const { principal, excluded } of named) {
    await writer.kysely
      .insertInto('deny_assignment_principal')
      .values({
        tenant_id: writer.tenant,
        deny_assignment_id: request.id,
        principal_id: principal.id.toLowerCase(),
        principal_type: principal.type,
        excluded,
      })
      .execute()
  }
  return { ...request, scope: request.scope.path, canonicalScope: request.scope, createdAt: writer.now }
}

/** Deletes a deny assignment; false when there was none. Move the generation. */
export async function deleteDenyAssignment(writer: TenantWriter, id: Guid): Promise<boolean> {
  await writer.kysely
    .deleteFrom('deny_assignment_principal')
    .where('tenant_id', '=', writer.tenant)
    .where('deny_assignment_id', '=', id)
    .execute()
  const result = await writer.kysely
    .deleteFrom('deny_assignment')
    .where('tenant_id', '=', writer.tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The deny assignment with this id, or undefined. */
export async function findDenyAssignment(reader: TenantReader, id: Guid): Promise<DenyAssignment | undefined> {
  const row = await denyAssignments(reader).where('id', '=', id).executeTakeFirst()
  return row && (await withPrincipals(reader, [row]))[0]
}

/** One page of the deny assignments at a scope, inherited and, without `atScope()`, below, ordered by id. */
export async function listDenyAssignments(
  reader: TenantReader,
  query: {
    readonly scope: Scope
    readonly filter: DenyAssignmentFilter
    readonly limit: number
    readonly after?: Guid | undefined
  },
): Promise<{ readonly denyAssignments: readonly DenyAssignment[]; readonly next: Guid | undefined }> {
  const { principalId, denyAssignmentName, atScope } = query.filter
  let rows = denyAssignments(reader).where(aroundScope('deny_assignment.scope_canonical', query.scope, !atScope))
  if (principalId !== undefined) rows = rows.where('id', 'in', denyAssignmentsNaming(reader, principalId))
  if (denyAssignmentName !== undefined) rows = rows.where((eb) => eb.fn('lower', ['name']), '=', denyAssignmentName)
  if (query.after !== undefined) rows = rows.where('id', '>', query.after)
  const found = await rows
    .orderBy('id')
    .limit(query.limit + 1)
    .execute()
  const page = await withPrincipals(reader, found.slice(0, query.limit))
  return { denyAssignments: page, next: found.length > query.limit ? page.at(-1)?.id : undefined }
}

/**
 * The deny assignments that name or exclude a principal, one of its groups, or everyone; `identities` are the object ids of
 * the principal and its groups.
 */
export async function loadDenyRules(reader: TenantReader, identities: readonly string[]): Promise<readonly DenyRule[]> {
  const rows = await loadForIdentities([everyonePrincipalId, ...identities], (some) =>
    reader.kysely
      .selectFrom('deny_assignment_principal')
      .innerJoin('deny_assignment', (join) =>
        join
          .onRef('deny_assignment.tenant_id', '=', 'deny_assignment_principal.tenant_id')
          .onRef('deny_assignment.id', '=', 'deny_assignment_principal.deny_assignment_id'),
      )
      .select([
        'deny_assignment.id',
        'deny_assignment.scope_canonical',
        'deny_assignment.permissions_json',
        'deny_assignment.applies_to_child_scopes',
        'deny_assignment_principal.principal_id',
        'deny_assignment_principal.excluded',
      ])
      .where('deny_assignment_principal.tenant_id', '=', reader.tenant)
      .where('deny_assignment_principal.principal_id', 'in', some)
      .execute(),
  )
  return [...Map.groupBy(rows, (row) => row.id).values()].flatMap((named) => {
    const [first] = named
    if (first === undefined) return []
    const idsWhere = (excluded: number): ReadonlySet<string> =>
      new Set(named.filter((row) => row.excluded === excluded).map((row) => row.principal_id))
    return [
      {
        denyAssignmentId: first.id,
        scope: parseScope(first.scope_canonical),
        appliesToChildScopes: first.applies_to_child_scopes === 1,
        blocked: compileRole(parseStoredPermissions(first.permissions_json)),
        principalIds: idsWhere(0),
        excludedPrincipalIds: idsWhere(1),
      },
    ]
  })
}

function denyAssignments(reader: TenantReader) {
  return reader.kysely.selectFrom('deny_assignment').selectAll().where('tenant_id', '=', reader.tenant)
}

function denyAssignmentsNaming(reader: TenantReader, principal: PrincipalId) {
  return reader.kysely
    .selectFrom('deny_assignment_principal')
    .select('deny_assignment_id')
    .where('tenant_id', '=', reader.tenant)
    .where('principal_id', '=', principal)
    .where('excluded', '=', 0)
}

async function withPrincipals(
  reader: TenantReader,
  rows: readonly Schema['deny_assignment'][],
): Promise<readonly DenyAssignment[]> {
  if (rows.length === 0) return []
  const named = await reader.kysely
    .selectFrom('deny_assignment_principal')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where(
      'deny_assignment_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('principal_id')
    .execute()
  const byAssignment = Map.groupBy(named, (row) => row.deny_assignment_id)
  return rows.map((row) => {
    const principalsWhere = (excluded: number): readonly DenyAssignmentPrincipal[] =>
      (byAssignment.get(row.id) ?? [])
        .filter((entry) => entry.excluded === excluded)
        .map((entry) => ({ id: entry.principal_id, type: parseDenyPrincipalType(entry.principal_type) }))
    return {
      id: trustGuid(row.id),
      name: row.name,
      description: row.description,
      scope: row.scope,
      canonicalScope: parseScope(row.scope_canonical),
      permissions: parseStoredPermissions(row.permissions_json),
      appliesToChildScopes: row.applies_to_child_scopes === 1,
      principals: principalsWhere(0),
      excludePrincipals: principalsWhere(1),
      isSystemProtected: row.is_system_protected === 1,
      createdAt: new Date(row.created_at),
    }
  })
}

function parseDenyPrincipalType(text: string): DenyAssignmentPrincipal['type'] {
  switch (text) {
    case 'User':
    case 'Group':
    case 'ServicePrincipal':
    case 'SystemDefined':
      return text
    default:
      throw new ServiceError('internal', 'DenyAssignmentDamaged', 'A stored deny assignment cannot be read.')
  }
}
