import { type PrincipalId, trustGuid } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'

/** What a store of this folder reads through: any transaction of one tenant. */
export type TenantReader = Pick<Reader, 'tenant' | 'kysely'>
/** What a store of this folder writes through; `now` stamps what is written. */
export type TenantWriter = Pick<Reader, 'tenant' | 'kysely' | 'now'>

/**
 * A query for the ids a principal answers to: its own and every group it is in, directly or through other groups. It gives
 * no row for an unknown principal. Cycles of groups end, because UNION drops what was already reached.
 */
function identitiesOf(reader: TenantReader, principal: PrincipalId) {
  const { kysely, tenant } = reader
  return kysely
    .withRecursive('identity', (query) =>
      query
        .selectFrom('principal')
        .select('principal.id as id')
        .where('principal.tenant_id', '=', tenant)
        .where('principal.id', '=', principal)
        .union(
          // A cross join keeps SQLite from walking every membership of the tenant: it reads the left side first.
          query
            .selectFrom('identity')
            .crossJoin('group_member')
            .select('group_member.group_id as id')
            .where('group_member.tenant_id', '=', tenant)
            .whereRef('group_member.member_id', '=', 'identity.id'),
        ),
    )
    .selectFrom('identity')
    .select('identity.id')
}

/** The groups a principal is in, directly or through other groups, in no particular order. */
export async function transitiveGroups(reader: TenantReader, principal: PrincipalId): Promise<readonly PrincipalId[]> {
  const rows = await identitiesOf(reader, principal).where('identity.id', '!=', principal).execute()
  return rows.map((row) => trustGuid<PrincipalId>(row.id))
}

/** Identities per statement: few enough for either engine's limit on parameters. */
const identitiesAtOnce = 1000

/** Rows that concern any of these identities, however many groups a principal is in; `load` gets some at a time. */
export async function loadForIdentities<Row>(
  identities: readonly string[],
  load: (some: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < identities.length; at += identitiesAtOnce) {
    rows.push(...(await load(identities.slice(at, at + identitiesAtOnce))))
  }
  return rows
}
