import type { Insertable, Kysely, Selectable } from 'kysely'
import type { Schema } from '#storage/schema.ts'

type DomainKeyRow = Selectable<Schema['domain_key']>

/** Stores a domain's key; where the domain has one already, that one stays. */
export async function insertDomainKey(kysely: Kysely<Schema>, row: Insertable<Schema['domain_key']>): Promise<void> {
  await kysely
    .insertInto('domain_key')
    .values(row)
    .onConflict((conflict) => conflict.column('domain').doNothing())
    .execute()
}

export async function deleteDomainKey(kysely: Kysely<Schema>, domain: string): Promise<void> {
  await kysely.deleteFrom('domain_key').where('domain', '=', domain).execute()
}

export function loadDomainKey(kysely: Kysely<Schema>, domain: string): Promise<DomainKeyRow | undefined> {
  return kysely.selectFrom('domain_key').selectAll().where('domain', '=', domain).executeTakeFirst()
}

/** Whether anything at all was sealed in this database. */
export async function hasDomainKeys(kysely: Kysely<Schema>): Promise<boolean> {
  return (await kysely.selectFrom('domain_key').select('id').limit(1).executeTakeFirst()) !== undefined
}
