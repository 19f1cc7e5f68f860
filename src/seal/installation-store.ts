import type { Kysely } from 'kysely'
import type { Schema } from '#storage/schema.ts'

/** Texts of the installation by name, in the order they are compared by: the first one decides who came first. */
export type InstallationValues = readonly [InstallationValue, ...InstallationValue[]]

export interface InstallationValue {
  readonly name: string
  readonly value: string
}

/** The values of those names that are there. */
export async function loadInstallationValues(
  kysely: Kysely<Schema>,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await kysely.selectFrom('installation').selectAll().where('name', 'in', names).execute()
  return new Map(rows.map(({ name, value }) => [name, value]))
}

/** Stores the values unless somebody else has already stored the first of them; then it stores none and gives false. */
export async function claimInstallationValues(kysely: Kysely<Schema>, values: InstallationValues): Promise<boolean> {
  const [first, ...others] = values
  const claimed = await kysely
    .insertInto('installation')
    .values(first)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst()
  if (claimed === undefined) return false
  if (others.length > 0) await kysely.insertInto('installation').values(others).execute()
  return true
}

/** Replaces the values if the first of them is still `expected`; otherwise changes nothing and gives false. */
export async function replaceInstallationValues(
  kysely: Kysely<Schema>,
  expected: string,
  values: InstallationValues,
): Promise<boolean> {
  const [first, ...others] = values
  const replaced = await kysely
    .updateTable('installation')
    .set({ value: first.value })
    .where('name', '=', first.name)
    .where('value', '=', expected)
    .returning('name')
    .executeTakeFirst()
  if (replaced === undefined) return false
  for (const { name, value } of others) {
    await kysely.updateTable('installation').set({ value }).where('name', '=', name).execute()
  }
  return true
}
