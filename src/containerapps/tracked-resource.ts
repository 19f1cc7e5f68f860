import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SubscriptionId, type TenantId, trustGuid } from '#base/ids.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseStoredJson } from '#base/json.ts'
import type { Writer } from '#storage/database.ts'

/** Who wrote a resource. `by` is a user principal name or a client id. */
export interface Author {
  readonly by: string
  readonly type: 'User' | 'Application' | 'ManagedIdentity'
}

/** Which resource: names keep the letter case of their creation; comparison ignores it. */
export interface ResourceAddress {
  readonly subscription: SubscriptionId
  readonly resourceGroup: string
  readonly name: string
}

/** What managed environments, container apps and workspaces have in common. */
export interface TrackedResource {
  readonly address: ResourceAddress
  /** Canonical region name, `westeurope`. */
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly history: {
    readonly createdAt: Date
    readonly createdBy: Author
    readonly updatedAt: Date
    readonly updatedBy: Author
  }
}

/** One page: resources of a subscription, or of one of its groups, that come after `after`. */
export interface ResourceQuery {
  readonly subscription: SubscriptionId
  /** Any letter case. */
  readonly resourceGroup?: string
  /** Any letter case. */
  readonly name?: string
  /** In lower case. */
  readonly after?: { readonly resourceGroup: string; readonly name: string }
  readonly limit: number
}

/** What a write asks for, for every kind of resource. */
export interface DesiredResource extends Omit<TrackedResource, 'history'> {
  readonly author: Author
}

/** The columns that all their tables have. */
export interface TrackedRow {
  readonly subscription_id: string
  readonly resource_group: string
  readonly name: string
  readonly location: string
  readonly tags_json: string
  readonly created_at: number
  readonly created_by: string
  readonly created_by_type: string
  readonly updated_at: number
  readonly updated_by: string
  readonly updated_by_type: string
}

function addressColumns({ subscription, resourceGroup, name }: ResourceAddress) {
  return {
    subscription_id: subscription,
    resource_group: resourceGroup,
    resource_group_canonical: canonicalName(resourceGroup),
    name,
    name_canonical: canonicalName(name),
  }
}

/** The one row of a tenant at an address, whose names may be in any letter case. */
export function isAt(tenant: TenantId, { subscription, resourceGroup, name }: ResourceAddress): RawBuilder<SqlBool> {
  return sql<SqlBool>`tenant_id = ${tenant} AND subscription_id = ${subscription}
    AND resource_group_canonical = ${canonicalName(resourceGroup)} AND name_canonical = ${canonicalName(name)}`
}

/** The rows of a page, in the order of group and name; means the same on both engines. */
export function isListed(tenant: TenantId, query: ResourceQuery): RawBuilder<SqlBool> {
  const { subscription, resourceGroup, name, after } = query
  const conditions = [sql`tenant_id = ${tenant}`, sql`subscription_id = ${subscription}`]
  if (resourceGroup !== undefined) conditions.push(sql`resource_group_canonical = ${canonicalName(resourceGroup)}`)
  if (name !== undefined) conditions.push(sql`name_canonical = ${canonicalName(name)}`)
  if (after !== undefined) {
    conditions.push(sql`(resource_group_canonical, name_canonical) > (${after.resourceGroup}, ${after.name})`)
  }
  return sql<SqlBool>`${sql.join(conditions, sql` AND `)}`
}

/** The columns of a new row, but for those of its own kind. */
export function insertedColumns(writer: Writer, desired: DesiredResource) {
  return {
    tenant_id: writer.tenant,
    ...addressColumns(desired.address),
    location: desired.location,
    created_at: writer.now.getTime(),
    created_by: desired.author.by,
    created_by_type: desired.author.type,
    ...updatedColumns(writer, desired),
  }
}

/** The columns that every change of a row sets. */
export function updatedColumns(writer: Writer, { tags, author }: Pick<DesiredResource, 'tags' | 'author'>) {
  return {
    tags_json: JSON.stringify(tags),
    updated_at: writer.now.getTime(),
    updated_by: author.by,
    updated_by_type: author.type,
  }
}

/** Refuses to move a resource. Throws `conflict` `InvalidResourceLocation`. */
export function requireSameLocation({ address, location }: TrackedResource, wanted: string): void {
  if (wanted === location) return
  throw new ServiceError(
    'conflict',
    'InvalidResourceLocation',
    `The resource '${address.name}' already exists in location '${location}' in resource group '${address.resourceGroup}'. A resource with the same name cannot be created in location '${wanted}'. Please select a new resource name.`,
  )
}

/** A row that another write has taken meanwhile: `conflict` `Conflict`. */
export function beingChanged(what: string): ServiceError {
  return new ServiceError('conflict', 'Conflict', `The ${what} is being changed. Try again.`)
}

/** Reads the common part of a stored row. Throws `internal` `RowBroken` for one that this program did not write. */
export function parseTrackedRow(row: TrackedRow): TrackedResource {
  return {
    address: {
      subscription: trustGuid<SubscriptionId>(row.subscription_id),
      resourceGroup: row.resource_group,
      name: row.name,
    },
    location: row.location,
    tags: parseTexts(row.tags_json),
    history: {
      createdAt: new Date(row.created_at),
      createdBy: { by: row.created_by, type: parseAuthorType(row.created_by_type) },
      updatedAt: new Date(row.updated_at),
      updatedBy: { by: row.updated_by, type: parseAuthorType(row.updated_by_type) },
    },
  }
}

const broken = 'A stored container app, managed environment or workspace'

/** A stored document. Throws `internal` `RowBroken` when it is not a JSON object. */
export function parseDocument(json: string): JsonObject {
  const value = parseStoredJson(json, broken)
  if (!isJsonObject(value)) throw rowBroken()
  return value
}

/** The element values of a JSON array; none for anything else. */
export function elementsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

/** The text in a member of a document; empty when there is none. */
export function textIn(document: JsonObject, member: string): string {
  const value = document[member]
  return typeof value === 'string' ? value : ''
}

/** The object in a member of a document; empty when there is none. */
export function objectIn(document: JsonObject, member: string): JsonObject {
  const value = document[member]
  return isJsonObject(value) ? value : {}
}

function parseTexts(json: string): Readonly<Record<string, string>> {
  const texts: [string, string][] = []
  for (const [name, text] of Object.entries(parseDocument(json))) {
    if (typeof text !== 'string') throw rowBroken()
    texts.push([name, text])
  }
  return Object.fromEntries(texts)
}

function parseAuthorType(text: string): Author['type'] {
  if (text === 'User' || text === 'Application' || text === 'ManagedIdentity') return text
  throw rowBroken()
}

/** A row that this program did not write: `internal` `RowBroken`. */
export function rowBroken(): ServiceError {
  return new ServiceError('internal', 'RowBroken', `${broken} cannot be read.`)
}
