import { type Guid, trustGuid } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { randomBytes, randomGuid } from '#base/random.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { DomainSealer } from '#seal/seal.ts'
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

/** A Log Analytics workspace, which environments are pointed at. It holds no logs. */
export interface WorkspaceRecord extends TrackedResource {
  /** The workspace id; given at creation and never used again. */
  readonly customerId: Guid
  readonly properties: JsonObject
}

interface DesiredWorkspace extends DesiredResource {
  readonly properties: JsonObject
}

/** The two keys of a workspace, base64 of 64 bytes each. */
export interface WorkspaceKeys {
  readonly primary: SecretValue
  readonly secondary: SecretValue
}

/** The workspaces of the reader's tenant. `sealer` is that of the tenant's resources. */
export interface WorkspaceStore {
  find(reader: Reader, address: ResourceAddress): Promise<WorkspaceRecord | undefined>
  /** Ordered by resource group and name. */
  list(reader: Reader, query: ResourceQuery): Promise<readonly WorkspaceRecord[]>
  /** Creates or replaces. Keys are made at creation and stay. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredWorkspace,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly workspace: WorkspaceRecord }>
  /** The keys of the workspace at this address; undefined when there is none. */
  keys(reader: Reader, address: ResourceAddress, sealer: DomainSealer): Promise<WorkspaceKeys | undefined>
  /** False when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

const keyBytes = 64

/** The table `log_workspace`. */
export function createWorkspaceStore(): WorkspaceStore {
  return { find, list, save, keys, delete: remove }
}

async function find(reader: Reader, address: ResourceAddress): Promise<WorkspaceRecord | undefined> {
  const row = await loadRow(reader, address)
  return row && parseRow(row)
}

async function list(reader: Reader, query: ResourceQuery): Promise<readonly WorkspaceRecord[]> {
  const rows = await reader.kysely
    .selectFrom('log_workspace')
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
  desired: DesiredWorkspace,
  sealer: DomainSealer,
): Promise<{ readonly created: boolean; readonly workspace: WorkspaceRecord }> {
  const customerId = randomGuid()
  const inserted = await writer.kysely
    .insertInto('log_workspace')
    .values({
      ...insertedColumns(writer, desired),
      properties_json: JSON.stringify(desired.properties),
      customer_id: customerId,
      sealed_keys: sealNewKeys(sealer, writer, customerId),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (inserted !== undefined) return { created: true, workspace: parseRow(inserted) }
  const existing = await find(writer, desired.address)
  if (existing === undefined) throw beingChanged('workspace')
  requireSameLocation(existing, desired.location)
  const updated = await writer.kysely
    .updateTable('log_workspace')
    .set({ ...updatedColumns(writer, desired), properties_json: JSON.stringify(desired.properties) })
    .where(isAt(writer.tenant, existing.address))
    .returningAll()
    .executeTakeFirstOrThrow()
  return { created: false, workspace: parseRow(updated) }
}

async function keys(
  reader: Reader,
  address: ResourceAddress,
  sealer: DomainSealer,
): Promise<WorkspaceKeys | undefined> {
  const row = await loadRow(reader, address)
  if (row === undefined) return undefined
  const opened = sealer.open(row.sealed_keys, bindingOf(reader, row.customer_id))
  const keyAt = (from: number) => SecretValue.fromText(opened.toString('base64', from, from + keyBytes))
  const found = { primary: keyAt(0), secondary: keyAt(keyBytes) }
  opened.fill(0)
  return found
}

async function remove(writer: Writer, address: ResourceAddress): Promise<boolean> {
  const { numDeletedRows } = await writer.kysely
    .deleteFrom('log_workspace')
    .where(isAt(writer.tenant, address))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function loadRow(reader: Reader, address: ResourceAddress): Promise<Schema['log_workspace'] | undefined> {
  return reader.kysely.selectFrom('log_workspace').selectAll().where(isAt(reader.tenant, address)).executeTakeFirst()
}

/** Both keys, one after the other, as one blob. */
function sealNewKeys(sealer: DomainSealer, writer: Writer, customerId: Guid): Buffer {
  const bytes = randomBytes(2 * keyBytes)
  const sealed = sealer.seal(bytes, bindingOf(writer, customerId))
  bytes.fill(0)
  return sealed
}

function bindingOf({ tenant }: Reader, customerId: string): readonly string[] {
  return [tenant, customerId, 'workspace', 'keys']
}

function parseRow(row: Schema['log_workspace']): WorkspaceRecord {
  return {
    ...parseTrackedRow(row),
    customerId: trustGuid(row.customer_id),
    properties: parseDocument(row.properties_json),
  }
}
