import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { isJsonObject, parseStoredJson } from '#base/json.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { Tags } from './tracked-resource.ts'
import { parseTags } from './wire.ts'

export interface ResourceGroup {
  readonly subscription: SubscriptionId
  /** As it was written at creation. */
  readonly name: string
  readonly location: string
  readonly tags: Tags
}

type GroupKey = { readonly subscription: SubscriptionId; readonly resourceGroup: string }

export async function findGroup(reader: Reader, key: GroupKey): Promise<ResourceGroup | undefined> {
  const row = await reader.kysely
    .selectFrom('resource_group')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', key.subscription)
    .where('name_canonical', '=', canonicalName(key.resourceGroup))
    .executeTakeFirst()
  return row === undefined ? undefined : parseRow(row)
}

/**
 * The group that a resource goes into; in a write it is held until the commit, so that it is not deleted meanwhile. Throws
 * `not-found` `ResourceGroupNotFound`.
 */
export async function requireGroup(reader: Reader | Writer, key: GroupKey): Promise<ResourceGroup> {
  const group = await ('access' in reader ? holdGroup(reader, key) : findGroup(reader, key))
  if (group === undefined) throw resourceGroupNotFound(key.resourceGroup)
  return group
}

async function holdGroup(writer: Writer, key: GroupKey): Promise<ResourceGroup | undefined> {
  const row = await writer.kysely
    .updateTable('resource_group')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', key.subscription)
    .where('name_canonical', '=', canonicalName(key.resourceGroup))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : parseRow(row)
}

/** `not-found` `ResourceGroupNotFound`. */
export function resourceGroupNotFound(name: string): ServiceError {
  return new ServiceError('not-found', 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`)
}

/** Deletes the group alone; false when there was none. */
export async function deleteGroup(writer: Writer, key: GroupKey): Promise<boolean> {
  const result = await writer.kysely
    .deleteFrom('resource_group')
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', key.subscription)
    .where('name_canonical', '=', canonicalName(key.resourceGroup))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Groups of a subscription whose names come after `after`, in order of name. */
export async function listGroups(
  reader: Reader,
  query: { readonly subscription: SubscriptionId; readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ResourceGroup[]> {
  let select = reader.kysely
    .selectFrom('resource_group')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', query.subscription)
  if (query.after !== undefined) select = select.where('name_canonical', '>', query.after)
  const rows = await select.orderBy('name_canonical').limit(query.limit).execute()
  return rows.map(parseRow)
}

/** Makes a group; false when one of this name came first. */
export async function insertGroup(writer: Writer, group: ResourceGroup): Promise<boolean> {
  const now = writer.now.getTime()
  const inserted = await writer.kysely
    .insertInto('resource_group')
    .values({
      tenant_id: writer.tenant,
      subscription_id: group.subscription,
      name: group.name,
      name_canonical: canonicalName(group.name),
      location: group.location,
      tags_json: JSON.stringify(group.tags),
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'subscription_id', 'name_canonical']).doNothing())
    .executeTakeFirst()
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function updateGroupTags(writer: Writer, group: ResourceGroup, tags: Tags): Promise<ResourceGroup> {
  await writer.kysely
    .updateTable('resource_group')
    .set({ tags_json: JSON.stringify(tags), updated_at: writer.now.getTime() })
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', group.subscription)
    .where('name_canonical', '=', canonicalName(group.name))
    .execute()
  return { ...group, tags }
}

function parseRow(row: Schema['resource_group']): ResourceGroup {
  const tags = parseStoredJson(row.tags_json, 'A stored resource group')
  return {
    subscription: trustGuid<SubscriptionId>(row.subscription_id),
    name: row.name,
    location: row.location,
    tags: isJsonObject(tags) ? parseTags(tags) : {},
  }
}
