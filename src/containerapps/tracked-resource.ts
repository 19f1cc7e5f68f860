import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { type JsonObject, parseStoredJson } from '#base/json.ts'

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

/** What managed environments and container apps have in common. */
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

/** The columns that both tables have. */
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

/** The address part of a row to be inserted. */
export function addressColumns({ subscription, resourceGroup, name }: ResourceAddress) {
  return {
    subscription_id: subscription,
    resource_group: resourceGroup,
    resource_group_canonical: canonicalName(resourceGroup),
    name,
    name_canonical: canonicalName(name),
  }
}

/** Rows that come after a position in the order of group and name; means the same on both engines. */
export function isAfter(position: { readonly resourceGroup: string; readonly name: string }): RawBuilder<SqlBool> {
  return sql<SqlBool>`(resource_group_canonical, name_canonical) > (${position.resourceGroup}, ${position.name})`
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

const broken = 'A stored container app or managed environment'

/** A stored document. Throws `internal` `RowBroken` when it is not a JSON object. */
export function parseDocument(json: string): JsonObject {
  const value = parseStoredJson(json, broken)
  if (!isJsonObject(value)) throw rowBroken()
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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

function rowBroken(): ServiceError {
  return new ServiceError('internal', 'RowBroken', `${broken} cannot be read.`)
}
