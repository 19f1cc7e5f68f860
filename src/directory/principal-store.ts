import type { Selectable } from 'kysely'
import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, type PrincipalId, trustGuid } from '#base/ids.ts'
import { parseStoredJson } from '#base/json.ts'
import { randomGuid } from '#base/random.ts'
import type { Schema } from '#storage/schema.ts'
import type { TenantReader, TenantWriter } from './membership.ts'

export type PrincipalType = 'User' | 'Group' | 'ServicePrincipal'
export type ServicePrincipalType = 'Application' | 'ManagedIdentity'

/** A user, group or service principal. Its id never changes and is never used again; names decide nothing. */
export interface Principal {
  readonly id: PrincipalId
  readonly type: PrincipalType
  readonly displayName: string
  /** Users only, in lower case. */
  readonly userPrincipalName: string | undefined
  /** The application (client) id; service principals only. */
  readonly clientId: ClientId | undefined
  readonly servicePrincipalType: ServicePrincipalType | undefined
  /** ARM id of the resource a managed identity belongs to. */
  readonly resourceId: string | undefined
  /** `isExplicit=False` and the resource id for a system-assigned identity; empty otherwise. */
  readonly alternativeNames: readonly string[]
  /** A disabled principal gets no token and is denied everything. */
  readonly enabled: boolean
  /** Tokens issued before are worth nothing. */
  readonly tokensValidFrom: Date
  readonly createdAt: Date
  /** Groups only. */
  readonly mailNickname: string | undefined
  /** Groups only. */
  readonly description: string | undefined
}

export interface NewUser {
  readonly id?: PrincipalId
  readonly displayName: string
  readonly userPrincipalName: string
}

export interface NewGroup {
  readonly id?: PrincipalId
  readonly displayName: string
  readonly mailNickname?: string
  readonly description?: string
}

export interface NewServicePrincipal {
  readonly id?: PrincipalId
  readonly clientId?: ClientId
  readonly displayName: string
}

export interface NewManagedIdentity {
  /** The resource's name for a system-assigned identity, the identity's own name otherwise. */
  readonly displayName: string
  /** ARM id: of the resource it is assigned to, or of the user-assigned identity itself. */
  readonly resourceId: string
  /** Whether it is user-assigned, a resource of its own (Azure's `isExplicit`). */
  readonly userAssigned: boolean
}

/** Creates a user. Throws `conflict` `ObjectConflict` when the user principal name is taken. Move the generation. */
export async function createUser(writer: TenantWriter, user: NewUser): Promise<Principal> {
  const userPrincipalName = user.userPrincipalName.toLowerCase()
  if ((await findUserByPrincipalName(writer, userPrincipalName)) !== undefined) {
    throw conflict('Another object with the same value for property userPrincipalName already exists.')
  }
  return insert(writer, { ...emptyPrincipal(writer, 'User', user), userPrincipalName })
}

/** Creates an empty security group. Move the generation. */
export async function createGroup(writer: TenantWriter, group: NewGroup): Promise<Principal> {
  const { mailNickname, description } = group
  return insert(writer, { ...emptyPrincipal(writer, 'Group', group), mailNickname, description })
}

/**
 * Creates the service principal of an application. Throws `conflict` `ObjectConflict` when the application has one already.
 * Move the generation.
 */
export async function createServicePrincipal(
  writer: TenantWriter,
  application: NewServicePrincipal,
): Promise<Principal> {
  const clientId = application.clientId ?? trustGuid<ClientId>(randomGuid())
  if ((await findServicePrincipalByClientId(writer, clientId)) !== undefined) {
    throw conflict(`The service principal cannot be created because the appId '${clientId}' is already in use.`)
  }
  return insert(writer, {
    ...emptyPrincipal(writer, 'ServicePrincipal', application),
    clientId,
    servicePrincipalType: 'Application',
  })
}

/**
 * Creates the service principal of a managed identity, with a new object id and client id: an identity that is removed and
 * added again is another principal. Move the generation.
 * Source: contracts/resource-manager-and-container-apps.md §5; contracts/identity.md §6.
 */
export async function createManagedIdentity(writer: TenantWriter, identity: NewManagedIdentity): Promise<Principal> {
  return insert(writer, {
    ...emptyPrincipal(writer, 'ServicePrincipal', { displayName: identity.displayName }),
    clientId: trustGuid<ClientId>(randomGuid()),
    servicePrincipalType: 'ManagedIdentity',
    resourceId: identity.resourceId,
    alternativeNames: [`isExplicit=${identity.userAssigned ? 'True' : 'False'}`, identity.resourceId],
  })
}

/**
 * Deletes a principal, its memberships, its client secrets and federated credentials; its role assignments stay and point at nobody, as in Azure.
 * False when there was none. Move generation and epoch: tokens it still holds must end.
 */
export async function deletePrincipal(writer: TenantWriter, id: PrincipalId): Promise<boolean> {
  const principal = await findPrincipal(writer, id)
  if (principal === undefined) return false
  const { kysely, tenant } = writer
  await kysely.deleteFrom('group_member').where('tenant_id', '=', tenant).where('member_id', '=', id).execute()
  await kysely.deleteFrom('group_member').where('tenant_id', '=', tenant).where('group_id', '=', id).execute()
  if (principal.clientId !== undefined) {
    await kysely
      .deleteFrom('client_secret')
      .where('tenant_id', '=', tenant)
      .where('client_id', '=', principal.clientId)
      .execute()
    await kysely
      .deleteFrom('federated_credential')
      .where('tenant_id', '=', tenant)
      .where('client_id', '=', principal.clientId)
      .execute()
  }
  await kysely.deleteFrom('principal').where('tenant_id', '=', tenant).where('id', '=', id).execute()
  return true
}

/** Enables or disables a principal; false when there is none. Move generation and epoch. */
export async function setPrincipalEnabled(writer: TenantWriter, id: PrincipalId, enabled: boolean): Promise<boolean> {
  const result = await writer.kysely
    .updateTable('principal')
    .set({ enabled: enabled ? 1 : 0 })
    .where('tenant_id', '=', writer.tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Makes every token issued to the principal before now worthless; false when there is none. Move the epoch. */
export async function revokeTokens(writer: TenantWriter, id: PrincipalId): Promise<boolean> {
  const result = await writer.kysely
    .updateTable('principal')
    .set({ tokens_valid_from_at: writer.now.getTime() })
    .where('tenant_id', '=', writer.tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The principal with this object id in the reader's tenant, or undefined. */
export async function findPrincipal(reader: TenantReader, id: PrincipalId): Promise<Principal | undefined> {
  const row = await principals(reader).where('id', '=', id).executeTakeFirst()
  return row && principalFromRow(row)
}

/** The principals with these object ids; unknown ids are left out. At most 1,000 ids at a time. */
export async function findPrincipals(reader: TenantReader, ids: readonly PrincipalId[]): Promise<readonly Principal[]> {
  if (ids.length === 0) return []
  const rows = await principals(reader).where('id', 'in', ids).execute()
  return rows.map(principalFromRow)
}

/** The service principal of an application or managed identity, by client id. */
export async function findServicePrincipalByClientId(
  reader: TenantReader,
  clientId: ClientId,
): Promise<Principal | undefined> {
  const row = await principals(reader).where('client_id', '=', clientId).executeTakeFirst()
  return row && principalFromRow(row)
}

/** The user with this principal name, in any letter case. */
export async function findUserByPrincipalName(reader: TenantReader, name: string): Promise<Principal | undefined> {
  const row = await principals(reader).where('user_principal_name', '=', name.toLowerCase()).executeTakeFirst()
  return row && principalFromRow(row)
}

/** The rows of a tenant, for queries of this folder. */
export function principals(reader: TenantReader) {
  return reader.kysely.selectFrom('principal').selectAll().where('tenant_id', '=', reader.tenant)
}

function emptyPrincipal(
  writer: TenantWriter,
  type: PrincipalType,
  given: { readonly id?: PrincipalId; readonly displayName: string },
): Principal {
  return {
    id: given.id ?? trustGuid<PrincipalId>(randomGuid()),
    type,
    displayName: given.displayName,
    userPrincipalName: undefined,
    clientId: undefined,
    servicePrincipalType: undefined,
    resourceId: undefined,
    alternativeNames: [],
    enabled: true,
    tokensValidFrom: new Date(0),
    createdAt: writer.now,
    mailNickname: undefined,
    description: undefined,
  }
}

async function insert(writer: TenantWriter, principal: Principal): Promise<Principal> {
  await writer.kysely
    .insertInto('principal')
    .values({
      tenant_id: writer.tenant,
      id: principal.id,
      type: principal.type,
      display_name: principal.displayName,
      user_principal_name: principal.userPrincipalName ?? null,
      client_id: principal.clientId ?? null,
      service_principal_type: principal.servicePrincipalType ?? null,
      resource_id: principal.resourceId ?? null,
      alternative_names_json: JSON.stringify(principal.alternativeNames),
      enabled: principal.enabled ? 1 : 0,
      tokens_valid_from_at: principal.tokensValidFrom.getTime(),
      created_at: principal.createdAt.getTime(),
      mail_nickname: principal.mailNickname ?? null,
      description: principal.description ?? null,
    })
    .execute()
  return principal
}

const storedPrincipal = z.object({
  type: z.enum(['User', 'Group', 'ServicePrincipal']),
  servicePrincipalType: z.enum(['Application', 'ManagedIdentity']).nullable(),
  alternativeNames: z.array(z.string()),
})

/** Reads a stored row. Throws `internal` `PrincipalDamaged` for one that this program did not write. */
export function principalFromRow(row: Selectable<Schema['principal']>): Principal {
  const checked = storedPrincipal.safeParse({
    type: row.type,
    servicePrincipalType: row.service_principal_type,
    alternativeNames: parseStoredJson(row.alternative_names_json, `The stored principal '${row.id}'`),
  })
  if (!checked.success) {
    throw new ServiceError('internal', 'PrincipalDamaged', `The stored principal '${row.id}' cannot be read.`)
  }
  return {
    id: trustGuid(row.id),
    type: checked.data.type,
    displayName: row.display_name,
    userPrincipalName: row.user_principal_name ?? undefined,
    clientId: row.client_id === null ? undefined : trustGuid(row.client_id),
    servicePrincipalType: checked.data.servicePrincipalType ?? undefined,
    resourceId: row.resource_id ?? undefined,
    alternativeNames: checked.data.alternativeNames,
    enabled: row.enabled === 1,
    tokensValidFrom: new Date(row.tokens_valid_from_at),
    createdAt: new Date(row.created_at),
    mailNickname: row.mail_nickname ?? undefined,
    description: row.description ?? undefined,
  }
}

function conflict(message: string): ServiceError {
  return new ServiceError('conflict', 'ObjectConflict', message)
}
