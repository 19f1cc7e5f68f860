import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** Where rows say when they were last written; times that lie ahead on purpose are not among them. */
const writtenAt = [
  ['tenant', 'created_at'],
  ['domain_key', 'created_at'],
  ['signing_key', 'published_at'],
  ['principal', 'created_at'],
  ['role_definition', 'updated_at'],
  ['role_assignment', 'updated_at'],
  ['resource_group', 'updated_at'],
  ['vault', 'updated_at'],
  ['secret_version', 'updated_at'],
  ['managed_environment', 'updated_at'],
  ['container_app', 'updated_at'],
] as const satisfies readonly (readonly [keyof Schema, string])[]

/** When the newest row was written, as the clock of that moment said; undefined without rows. Reads whole tables. */
export async function loadNewestTime(kysely: Kysely<Schema>): Promise<Date | undefined> {
  let newest: number | undefined
  for (const [table, column] of writtenAt) {
    const query = sql<{ newest: number | null }>`SELECT max(${sql.ref(column)}) AS newest FROM ${sql.table(table)}`
    const found = (await query.execute(kysely)).rows[0]?.newest ?? undefined
    if (found !== undefined && (newest === undefined || found > newest)) newest = found
  }
  return newest === undefined ? undefined : new Date(newest)
}
