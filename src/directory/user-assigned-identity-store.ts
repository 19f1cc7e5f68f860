import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, canonicalName, type PrincipalId, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { parseStoredJson } from '#base/json.ts'
import type { Schema } from '#storage/schema.ts'
import type { TenantReader, TenantWriter } from './membership.ts'
import { createManagedIdentity, deletePrincipal } from './principal-store.ts'

/** Who wrote a resource. `by` is a user principal name or a client id. */
interface Author {
  readonly by: string
  readonly type: 'User' | 'Application' | 'ManagedIdentity'
}

/** Which identity: names keep the letter case of their creation; comparison ignores it. */
interface IdentityAddress {
  readonly subscription: SubscriptionId
  readonly resourceGroup: string
  readonly name: string
}

/** A managed identity that is a resource of its own, with the service principal that it stands for. */
export interface UserAssignedIdentity {
  /** The ARM id, as it is shown. */
  readonly resourceId: string
  readonly address: IdentityAddress
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly history: {
    readonly createdAt: Date
    readonly createdBy: Author
    readonly updatedAt: Date
    readonly updatedBy: Author
  }
  readonly principalId: PrincipalId
  readonly clientId: ClientId
}

interface DesiredIdentity extends Pick<UserAssignedIdentity, 'address' | 'location' | 'tags'> {
  readonly author: Author
}

interface IdentityQuery {
  readonly subscription: SubscriptionId
  readonly resourceGroup?: string
  readonly name?: string
  /** In lower case. */
  readonly after?: { readonly resourceGroup: string; readonly name: string }
  readonly limit: number
}

/** User-assigned identities of the reader's tenant. */
export interface UserAssignedIdentityStore {
  /** The identity with this ARM id, in any letter case; undefined also for a text that is no id of an identity. */
  find(reader: TenantReader, resourceId: string): Promise<UserAssignedIdentity | undefined>
  findAt(reader: TenantReader, address: IdentityAddress): Promise<UserAssignedIdentity | undefined>
  /** Ordered by resource group and name. */
  list(reader: TenantReader, query: IdentityQuery): Promise<readonly UserAssignedIdentity[]>
  /**
   * Creates, or replaces the tags; location and principal stay. A new one gets a service principal in the same transaction.
   * Move the generation.
   */
  save(
    writer: TenantWriter,
    desired: DesiredIdentity,
  ): Promise<{ readonly created: boolean; readonly identity: UserAssignedIdentity }>
  /** Deletes it with its service principal and federated credentials; false when there was none. Move generation and epoch. */
  delete(writer: TenantWriter, address: IdentityAddress): Promise<boolean>
}

/** The table `user_assigned_identity`. */
export function createUserAssignedIdentityStore(): UserAssignedIdentityStore {
  return { find, findAt, list, save, delete: remove }
}

/** The ARM id as Azure writes it, with `resourcegroups` in lower case; `xms_mirid` of the identity's tokens. */
function userAssignedIdentityId({ subscription, resourceGroup, name }: IdentityAddress): string {
  return `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
}

const idPattern =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.managedidentity\/userassignedidentities\/([^/]+)\/?$/i

async function find(reader: TenantReader, resourceId: string): Promise<UserAssignedIdentity | undefined> {
  const [, subscription, resourceGroup, name] = idPattern.exec(resourceId) ?? []
  if (subscription === undefined || resourceGroup === undefined || name === undefined) return undefined
  return findAt(reader, { subscription: trustGuid(subscription.toLowerCase()), resourceGroup, name })
}

async function findAt(reader: TenantReader, address: IdentityAddress): Promise<UserAssignedIdentity | undefined> {
  const row = await reader.kysely
    .selectFrom('user_assigned_identity')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', address.subscription)
    .where('resource_group_canonical', '=', canonicalName(address.resourceGroup))
    .where('name_canonical', '=', canonicalName(address.name))
    .executeTakeFirst()
  return row && fromRow(row)
}

async function list(reader: TenantReader, query: IdentityQuery): Promise<readonly UserAssignedIdentity[]> {
  let select = reader.kysely
    .selectFrom('user_assigned_identity')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', query.subscription)
  if (query.resourceGroup !== undefined) {
    select = select.where('resource_group_canonical', '=', canonicalName(query.resourceGroup))
  }
  if (query.name !== undefined) select = select.where('name_canonical', '=', canonicalName(query.name))
  if (query.after !== undefined) select = select.where(isAfter(query.after))
  const rows = await select.orderBy('resource_group_canonical').orderBy('name_canonical').limit(query.limit).execute()
  return rows.map(fromRow)
}

function isAfter(position: { readonly resourceGroup: string; readonly name: string }): RawBuilder<SqlBool> {
  return sql<SqlBool>`(resource_group_canonical, name_canonical) > (${position.resourceGroup}, ${position.name})`
}

async function save(
  writer: TenantWriter,
  desired: DesiredIdentity,
): Promise<{ readonly created: boolean; readonly identity: UserAssignedIdentity }> {
  const existing = await findAt(writer, desired.address)
  if (existing === undefined) return { created: true, identity: await insert(writer, desired) }
  const history = { ...existing.history, updatedAt: writer.now, updatedBy: desired.author }
  await writer.kysely
    .updateTable('user_assigned_identity')
    .set({
      tags_json: JSON.stringify(desired.tags),
      updated_at: writer.now.getTime(),
      updated_by: desired.author.by,
      updated_by_type: desired.author.type,
    })
    .where('tenant_id', '=', writer.tenant)
    .where('principal_id', '=', existing.principalId)
    .execute()
  return { created: false, identity: { ...existing, tags: desired.tags, history } }
}

async function insert(writer: TenantWriter, desired: DesiredIdentity): Promise<UserAssignedIdentity> {
  const { address, location, tags, author } = desired
  const resourceId = userAssignedIdentityId(address)
  const principal = await createManagedIdentity(writer, {
    displayName: address.name,
    resourceId,
    userAssigned: true,
  })
  const { id: principalId, clientId } = principal
  if (clientId === undefined) throw damaged('The new service principal has no client id.')
  const now = writer.now.getTime()
  await writer.kysely
    .insertInto('user_assigned_identity')
    .values({
      tenant_id: writer.tenant,
      subscription_id: address.subscription,
      resource_group: address.resourceGroup,
      resource_group_canonical: canonicalName(address.resourceGroup),
      name: address.name,
      name_canonical: canonicalName(address.name),
      location,
      tags_json: JSON.stringify(tags),
      principal_id: principalId,
      client_id: clientId,
      created_at: now,
      created_by: author.by,
      created_by_type: author.type,
      updated_at: now,
      updated_by: author.by,
      updated_by_type: author.type,
    })
    .execute()
  const history = { createdAt: writer.now, createdBy: author, updatedAt: writer.now, updatedBy: author }
  return { resourceId, address, location, tags, history, principalId, clientId }
}

async function remove(writer: TenantWriter, address: IdentityAddress): Promise<boolean> {
  const existing = await findAt(writer, address)
  if (existing === undefined) return false
  await deletePrincipal(writer, existing.principalId)
  await writer.kysely
    .deleteFrom('user_assigned_identity')
    .where('tenant_id', '=', writer.tenant)
    .where('principal_id', '=', existing.principalId)
    .execute()
  return true
}

const authorType = z.enum(['User', 'Application', 'ManagedIdentity'])
const stored = z.object({
  tags: z.record(z.string(), z.string()),
  createdByType: authorType,
  updatedByType: authorType,
})

function fromRow(row: Schema['user_assigned_identity']): UserAssignedIdentity {
  const what = 'A stored user-assigned identity'
  const checked = stored.safeParse({
    tags: parseStoredJson(row.tags_json, what),
    createdByType: row.created_by_type,
    updatedByType: row.updated_by_type,
  })
  if (!checked.success) throw damaged(`${what} cannot be read.`)
  const address: IdentityAddress = {
    subscription: trustGuid(row.subscription_id),
    resourceGroup: row.resource_group,
    name: row.name,
  }
  return {
    resourceId: userAssignedIdentityId(address),
    address,
    location: row.location,
    tags: checked.data.tags,
    history: {
      createdAt: new Date(row.created_at),
      createdBy: { by: row.created_by, type: checked.data.createdByType },
      updatedAt: new Date(row.updated_at),
      updatedBy: { by: row.updated_by, type: checked.data.updatedByType },
    },
    principalId: trustGuid(row.principal_id),
    clientId: trustGuid(row.client_id),
  }
}

function damaged(message: string): ServiceError {
  return new ServiceError('internal', 'RowBroken', message)
}
