import { trustGuid } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { randomHex } from '#base/random.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import {
  beingChanged,
  type DesiredResource,
  insertedColumns,
  isAt,
  isListed,
  parseDocument,
  parseTrackedRow,
  type ResourceAddress,
  type ResourceQuery,
  requireSameLocation,
  type TrackedResource,
  updatedColumns,
} from './tracked-resource.ts'

/** A managed environment. `properties` is its document: `defaultDomain` and what its owner chose. */
export interface EnvironmentRecord extends TrackedResource {
  readonly properties: JsonObject
}

interface DesiredEnvironment extends DesiredResource {
  readonly properties: JsonObject
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
  /** Deletes the environment alone; false when there was none. Ask `appsIn` of the apps first: theirs are left behind. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** The table `managed_environment`. */
export function createEnvironmentStore(): EnvironmentStore {
  return { find, list, save, delete: remove }
}

/** The environment that a stored ARM id names. */
export async function findEnvironmentById(reader: Reader, id: string): Promise<EnvironmentRecord | undefined> {
  const [, , subscription = '', , resourceGroup = '', , , , name = ''] = id.split('/')
  return find(reader, { subscription: trustGuid(subscription), resourceGroup, name })
}

async function find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined> {
  const row = await reader.kysely
    .selectFrom('managed_environment')
    .selectAll()
    .where(isAt(reader.tenant, address))
    .executeTakeFirst()
  return row && parseRow(row)
}

async function list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]> {
  const rows = await reader.kysely
    .selectFrom('managed_environment')
    .selectAll()
    .where(isListed(reader.tenant, query))
    .orderBy('resource_group_canonical')
    .orderBy('name_canonical')
    .limit(query.limit)
    .execute()
  return rows.map(parseRow)
}

async function save(
  writer: Writer,
  desired: DesiredEnvironment,
): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }> {
  const inserted = await writer.kysely
    .insertInto('managed_environment')
    .values({
      ...insertedColumns(writer, desired),
      properties_json: JSON.stringify({ ...desired.properties, defaultDomain: newDefaultDomain(desired) }),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (inserted !== undefined) return { created: true, environment: parseRow(inserted) }
  const existing = await find(writer, desired.address)
  if (existing === undefined) throw beingChanged('managed environment')
  requireSameLocation(existing, desired.location)
  const properties = { ...desired.properties, defaultDomain: existing.properties['defaultDomain'] ?? '' }
  const updated = await writer.kysely
    .updateTable('managed_environment')
    .set({ ...updatedColumns(writer, desired), properties_json: JSON.stringify(properties) })
    .where(isAt(writer.tenant, existing.address))
    .returningAll()
    .executeTakeFirstOrThrow()
  return { created: false, environment: parseRow(updated) }
}

async function remove(writer: Writer, address: ResourceAddress): Promise<boolean> {
  const { numDeletedRows } = await writer.kysely
    .deleteFrom('managed_environment')
    .where(isAt(writer.tenant, address))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Unguessable, so that no two environments ever share a name, and under a domain that clients reach through the proxy. */
function newDefaultDomain({ location }: DesiredEnvironment): string {
  return `env-${randomHex(5)}.${location}.azurecontainerapps.dev`
}

function parseRow(row: Schema['managed_environment']): EnvironmentRecord {
  return { ...parseTrackedRow(row), properties: parseDocument(row.properties_json) }
}
