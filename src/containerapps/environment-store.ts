import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { randomHex } from '#base/random.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import {
  type Author,
  addressColumns,
  isAfter,
  parseDocument,
  parseTrackedRow,
  type ResourceAddress,
  type ResourceQuery,
  type TrackedResource,
} from './tracked-resource.ts'

/** A managed environment. `properties` is its document: `defaultDomain` and what its owner chose. */
interface EnvironmentRecord extends TrackedResource {
  readonly properties: JsonObject
}

interface DesiredEnvironment extends Omit<TrackedResource, 'history'> {
  readonly properties: JsonObject
  readonly author: Author
}

/** The managed environments of the reader's tenant. */
export interface EnvironmentStore {
  find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined>
  /** Ordered by resource group and name. */
  list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]>
  /** Creates or replaces. The default domain is given at creation and stays. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredEnvironment,
  ): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }>
}

/** The table `managed_environment`. */
export function createEnvironmentStore(): EnvironmentStore {
  return { find, list, save }
}

async function find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined> {
  const row = await reader.kysely
    .selectFrom('managed_environment')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', address.subscription)
    .where('resource_group_canonical', '=', canonicalName(address.resourceGroup))
    .where('name_canonical', '=', canonicalName(address.name))
    .executeTakeFirst()
  return row === undefined ? undefined : parseRow(row)
}

async function list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]> {
  let select = reader.kysely
    .selectFrom('managed_environment')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', query.subscription)
  if (query.resourceGroup !== undefined) {
    select = select.where('resource_group_canonical', '=', canonicalName(query.resourceGroup))
  }
  if (query.name !== undefined) select = select.where('name_canonical', '=', canonicalName(query.name))
  if (query.after !== undefined) select = select.where(isAfter(query.after))
  const rows = await select.orderBy('resource_group_canonical').orderBy('name_canonical').limit(query.limit).execute()
  return rows.map(parseRow)
}

async function save(
  writer: Writer,
  desired: DesiredEnvironment,
): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }> {
  const row = newRow(writer, desired)
  const inserted = await writer.kysely
    .insertInto('managed_environment')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  if (inserted !== undefined) return { created: true, environment: parseRow(row) }
  const existing = await find(writer, desired.address)
  if (existing === undefined) {
    throw new ServiceError('conflict', 'Conflict', 'The managed environment is being changed. Try again.')
  }
  return { created: false, environment: await replace(writer, existing, desired) }
}

async function replace(
  writer: Writer,
  existing: EnvironmentRecord,
  desired: DesiredEnvironment,
): Promise<EnvironmentRecord> {
  const { address, location, history } = existing
  if (desired.location !== location) {
    throw new ServiceError(
      'conflict',
      'InvalidResourceLocation',
      `The resource '${address.name}' already exists in location '${location}' in resource group '${address.resourceGroup}'. A resource with the same name cannot be created in location '${desired.location}'. Please select a new resource name.`,
    )
  }
  const properties = { ...desired.properties, defaultDomain: existing.properties['defaultDomain'] ?? '' }
  await writer.kysely
    .updateTable('managed_environment')
    .set({
      tags_json: JSON.stringify(desired.tags),
      properties_json: JSON.stringify(properties),
      updated_at: writer.now.getTime(),
      updated_by: desired.author.by,
      updated_by_type: desired.author.type,
    })
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', address.subscription)
    .where('resource_group_canonical', '=', canonicalName(address.resourceGroup))
    .where('name_canonical', '=', canonicalName(address.name))
    .execute()
  const updated = { ...history, updatedAt: writer.now, updatedBy: desired.author }
  return { address, location, tags: desired.tags, history: updated, properties }
}

function newRow(writer: Writer, desired: DesiredEnvironment): Schema['managed_environment'] {
  const now = writer.now.getTime()
  const { by, type } = desired.author
  return {
    tenant_id: writer.tenant,
    ...addressColumns(desired.address),
    location: desired.location,
    tags_json: JSON.stringify(desired.tags),
    properties_json: JSON.stringify({ ...desired.properties, defaultDomain: newDefaultDomain(desired) }),
    created_at: now,
    created_by: by,
    created_by_type: type,
    updated_at: now,
    updated_by: by,
    updated_by_type: type,
  }
}

/** Unguessable, so that no two environments ever share a name, and under a domain that clients reach through the proxy. */
function newDefaultDomain({ location }: DesiredEnvironment): string {
  return `env-${randomHex(5)}.${location}.azurecontainerapps.dev`
}

function parseRow(row: Schema['managed_environment']): EnvironmentRecord {
  return { ...parseTrackedRow(row), properties: parseDocument(row.properties_json) }
}
