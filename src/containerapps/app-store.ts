import { canonicalName, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { createManagedIdentity, deletePrincipal } from '#directory/principal-store.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { nextRevisionName } from './revision-name.ts'
import {
  type Author,
  addressColumns,
  isAfter,
  isJsonObject,
  parseDocument,
  parseTrackedRow,
  type ResourceAddress,
  type ResourceQuery,
  type TrackedResource,
} from './tracked-resource.ts'

/** A container app as desired state. `properties` is its document, without nulls and without read-only members. */
export interface ContainerAppRecord extends TrackedResource {
  /** The system-assigned identity, or undefined. */
  readonly identity: { readonly principalId: PrincipalId; readonly tenantId: TenantId } | undefined
  readonly properties: JsonObject
  /** The newest revision, `APP--SUFFIX`. */
  readonly revisionName: string
}

interface DesiredContainerApp extends Omit<TrackedResource, 'history'> {
  readonly systemAssignedIdentity: boolean
  readonly properties: JsonObject
  readonly author: Author
}

/** The container apps of the reader's tenant. Writes make and delete principals: they must move generation and epoch. */
export interface AppStore {
  find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined>
  /** Ordered by resource group and name. */
  list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]>
  /**
   * Creates or replaces; the location stays. The service principal of the system-assigned identity is made or deleted in
   * the same transaction. Throws `conflict` for a revision suffix that is in use.
   */
  save(
    writer: Writer,
    desired: DesiredContainerApp,
  ): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }>
  /** Deletes the app and its system-assigned identity; false when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** The table `container_app`. */
export function createAppStore(): AppStore {
  return { find, list, save, delete: remove }
}

/** The ARM id of an app, names as they were written. */
export function formatAppId({ subscription, resourceGroup, name }: ResourceAddress): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/containerApps/${name}`
}

async function find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined> {
  const row = await reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', address.subscription)
    .where('resource_group_canonical', '=', canonicalName(address.resourceGroup))
    .where('name_canonical', '=', canonicalName(address.name))
    .executeTakeFirst()
  return row === undefined ? undefined : parseAppRow(row)
}

async function list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]> {
  let select = reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', query.subscription)
  if (query.resourceGroup !== undefined) {
    select = select.where('resource_group_canonical', '=', canonicalName(query.resourceGroup))
  }
  if (query.name !== undefined) select = select.where('name_canonical', '=', canonicalName(query.name))
  if (query.after !== undefined) select = select.where(isAfter(query.after))
  const rows = await select.orderBy('resource_group_canonical').orderBy('name_canonical').limit(query.limit).execute()
  return rows.map(parseAppRow)
}

async function save(
  writer: Writer,
  desired: DesiredContainerApp,
): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }> {
  const existing = await find(writer, desired.address)
  const app: ContainerAppRecord = {
    address: existing?.address ?? desired.address,
    location: existing?.location ?? desired.location,
    tags: desired.tags,
    history: {
      createdAt: existing?.history.createdAt ?? writer.now,
      createdBy: existing?.history.createdBy ?? desired.author,
      updatedAt: writer.now,
      updatedBy: desired.author,
    },
    identity: await settleIdentity(writer, existing, desired),
    properties: desired.properties,
    revisionName: nextRevisionName(
      desired.address.name,
      templateOf(desired.properties),
      existing && { revisionName: existing.revisionName, template: templateOf(existing.properties) },
    ),
  }
  await (existing === undefined ? insert(writer, app) : update(writer, app))
  return { created: existing === undefined, app }
}

async function remove(writer: Writer, address: ResourceAddress): Promise<boolean> {
  const existing = await find(writer, address)
  if (existing === undefined) return false
  if (existing.identity !== undefined) await deletePrincipal(writer, existing.identity.principalId)
  await writer.kysely
    .deleteFrom('container_app')
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', address.subscription)
    .where('resource_group_canonical', '=', canonicalName(address.resourceGroup))
    .where('name_canonical', '=', canonicalName(address.name))
    .execute()
  return true
}

/** An identity that stays keeps its principal; one that is removed and added again is another principal. */
async function settleIdentity(
  writer: Writer,
  existing: ContainerAppRecord | undefined,
  desired: DesiredContainerApp,
): Promise<ContainerAppRecord['identity']> {
  const current = existing?.identity
  if (desired.systemAssignedIdentity) {
    if (current !== undefined) return current
    const address = existing?.address ?? desired.address
    const principal = await createManagedIdentity(writer, {
      displayName: address.name,
      resourceId: formatAppId(address),
      userAssigned: false,
    })
    return { principalId: principal.id, tenantId: writer.tenant }
  }
  if (current !== undefined) await deletePrincipal(writer, current.principalId)
  return undefined
}

async function insert(writer: Writer, app: ContainerAppRecord): Promise<void> {
  await writer.kysely
    .insertInto('container_app')
    .values({
      tenant_id: writer.tenant,
      ...addressColumns(app.address),
      location: app.location,
      created_at: app.history.createdAt.getTime(),
      created_by: app.history.createdBy.by,
      created_by_type: app.history.createdBy.type,
      ...mutableColumns(app),
    })
    .execute()
}

async function update(writer: Writer, app: ContainerAppRecord): Promise<void> {
  await writer.kysely
    .updateTable('container_app')
    .set(mutableColumns(app))
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', app.address.subscription)
    .where('resource_group_canonical', '=', canonicalName(app.address.resourceGroup))
    .where('name_canonical', '=', canonicalName(app.address.name))
    .execute()
}

function mutableColumns(app: ContainerAppRecord) {
  return {
    tags_json: JSON.stringify(app.tags),
    identity_json: JSON.stringify({ type: app.identity === undefined ? 'None' : 'SystemAssigned' }),
    principal_id: app.identity?.principalId ?? null,
    properties_json: JSON.stringify(app.properties),
    revision_name: app.revisionName,
    updated_at: app.history.updatedAt.getTime(),
    updated_by: app.history.updatedBy.by,
    updated_by_type: app.history.updatedBy.type,
  }
}

/** Reads a stored row. Throws `internal` `RowBroken`. */
export function parseAppRow(row: Schema['container_app']): ContainerAppRecord {
  return {
    ...parseTrackedRow(row),
    identity:
      row.principal_id === null
        ? undefined
        : { principalId: trustGuid<PrincipalId>(row.principal_id), tenantId: trustGuid<TenantId>(row.tenant_id) },
    properties: parseDocument(row.properties_json),
    revisionName: row.revision_name,
  }
}

/** The template in an app's document; empty when there is none. */
export function templateOf(properties: JsonObject): JsonObject {
  const template = properties['template']
  return isJsonObject(template) ? template : {}
}
