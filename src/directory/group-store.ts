import { ServiceError } from '#base/errors.ts'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import type { TenantReader, TenantWriter } from './membership.ts'
import { findPrincipal } from './principal-store.ts'

/**
 * Puts a principal, which may itself be a group, into a group. Throws `not-found` `Request_ResourceNotFound` when either is
 * unknown, `malformed` `Request_BadRequest` when it is a member already or the group itself. Move the generation.
 */
export async function addGroupMember(writer: TenantWriter, group: PrincipalId, member: PrincipalId): Promise<void> {
  await requireGroup(writer, group)
  if ((await findPrincipal(writer, member)) === undefined) throw notFound(member)
  if (group === member) {
    throw new ServiceError('malformed', 'Request_BadRequest', 'A group cannot be a member of itself.')
  }
  if (await isDirectMember(writer, group, member)) {
    throw new ServiceError(
      'malformed',
      'Request_BadRequest',
      "One or more added object references already exist for the following modified properties: 'members'.",
    )
  }
  await writer.kysely
    .insertInto('group_member')
    .values({ tenant_id: writer.tenant, group_id: group, member_id: member })
    .execute()
}

/** Takes a principal out of a group; false when it was not in it. Throws `not-found` for an unknown group. Move the generation. */
export async function removeGroupMember(
  writer: TenantWriter,
  group: PrincipalId,
  member: PrincipalId,
): Promise<boolean> {
  await requireGroup(writer, group)
  const result = await writer.kysely
    .deleteFrom('group_member')
    .where('tenant_id', '=', writer.tenant)
    .where('group_id', '=', group)
    .where('member_id', '=', member)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The direct members of a group, ordered by id, `limit` at a time, those after `after` only. */
export async function listGroupMembers(
  reader: TenantReader,
  group: PrincipalId,
  page: { readonly limit: number; readonly after?: PrincipalId },
): Promise<readonly PrincipalId[]> {
  await requireGroup(reader, group)
  let query = reader.kysely
    .selectFrom('group_member')
    .select('member_id')
    .where('tenant_id', '=', reader.tenant)
    .where('group_id', '=', group)
  if (page.after !== undefined) query = query.where('member_id', '>', page.after)
  const rows = await query.orderBy('member_id').limit(page.limit).execute()
  return rows.map((row) => trustGuid<PrincipalId>(row.member_id))
}

/** The members of a group, directly or through other groups, ordered by id, `limit` at a time, those after `after` only. */
export async function listTransitiveGroupMembers(
  reader: TenantReader,
  group: PrincipalId,
  page: { readonly limit: number; readonly after?: PrincipalId },
): Promise<readonly PrincipalId[]> {
  await requireGroup(reader, group)
  const { kysely, tenant } = reader
  let query = kysely
    .withRecursive('reached', (build) =>
      build
        .selectFrom('group_member')
        .select('group_member.member_id as id')
        .where('group_member.tenant_id', '=', tenant)
        .where('group_member.group_id', '=', group)
        .union(
          // As in `identitiesOf`: the left side of a cross join is read first.
          build
            .selectFrom('reached')
            .crossJoin('group_member')
            .select('group_member.member_id as id')
            .where('group_member.tenant_id', '=', tenant)
            .whereRef('group_member.group_id', '=', 'reached.id'),
        ),
    )
    .selectFrom('reached')
    .select('reached.id')
    .where('reached.id', '!=', group)
  if (page.after !== undefined) query = query.where('reached.id', '>', page.after)
  const rows = await query.orderBy('reached.id').limit(page.limit).execute()
  return rows.map((row) => trustGuid<PrincipalId>(row.id))
}

async function requireGroup(reader: TenantReader, id: PrincipalId): Promise<void> {
  if ((await findPrincipal(reader, id))?.type !== 'Group') throw notFound(id)
}

async function isDirectMember(reader: TenantReader, group: PrincipalId, member: PrincipalId): Promise<boolean> {
  const row = await reader.kysely
    .selectFrom('group_member')
    .select('member_id')
    .where('tenant_id', '=', reader.tenant)
    .where('group_id', '=', group)
    .where('member_id', '=', member)
    .executeTakeFirst()
  return row !== undefined
}

function notFound(id: PrincipalId): ServiceError {
  return new ServiceError(
    'not-found',
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}
