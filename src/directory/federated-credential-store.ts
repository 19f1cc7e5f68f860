import { ServiceError } from '#base/errors.ts'
import { type ClientId, canonicalName, trustGuid } from '#base/ids.ts'
import type { Schema } from '#storage/schema.ts'
import type { TenantReader, TenantWriter } from './membership.ts'

/** Which outside tokens an application or managed identity accepts in place of a secret; all three compare exactly. */
export interface FederatedCredential {
  readonly clientId: ClientId
  /** Unique per client, in any letter case. */
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audience: string
}

/** Azure's limit for one identity. */
export const maximumFederatedCredentials = 20

/**
 * Creates or replaces one of a client's credentials. Throws `conflict` `Conflict` when another one of that client has the same
 * issuer and subject, `malformed` `BadRequest` when it would have more than the maximum. Needs no counter moved.
 * Source: contracts/identity.md §2.3.
 */
export async function saveFederatedCredential(
  writer: TenantWriter,
  credential: FederatedCredential,
): Promise<{ readonly created: boolean; readonly credential: FederatedCredential }> {
  const all = await listFederatedCredentials(writer, credential.clientId, {})
  const name = canonicalName(credential.name)
  const existing = all.find((other) => canonicalName(other.name) === name)
  const { clientId, issuer, subject, audience } = credential
  if (all.some((other) => other !== existing && other.issuer === issuer && other.subject === subject)) {
    throw new ServiceError(
      'conflict',
      'Conflict',
      'Issuer and subject combination already exists for this Managed Identity.',
    )
  }
  const now = writer.now.getTime()
  if (existing !== undefined) {
    await writer.kysely
      .updateTable('federated_credential')
      .set({ issuer, subject, audience, updated_at: now })
      .where('tenant_id', '=', writer.tenant)
      .where('client_id', '=', clientId)
      .where('name_canonical', '=', name)
      .execute()
    return { created: false, credential: { ...credential, name: existing.name } }
  }
  if (all.length >= maximumFederatedCredentials) {
    const text = `Too many Federated Identity Credentials; the maximum is ${maximumFederatedCredentials}.`
    throw new ServiceError('malformed', 'BadRequest', text)
  }
  await writer.kysely
    .insertInto('federated_credential')
    .values({
      tenant_id: writer.tenant,
      client_id: clientId,
      name: credential.name,
      name_canonical: name,
      issuer,
      subject,
      audience,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return { created: true, credential }
}

/** The client's credential of this name, in any letter case. */
export async function findFederatedCredential(
  reader: TenantReader,
  clientId: ClientId,
  name: string,
): Promise<FederatedCredential | undefined> {
  const row = await credentialsOf(reader, clientId).where('name_canonical', '=', canonicalName(name)).executeTakeFirst()
  return row && fromRow(row)
}

/** A client's credentials in the order of their names; those after `after` (in lower case), at most `limit`. */
export async function listFederatedCredentials(
  reader: TenantReader,
  clientId: ClientId,
  page: { readonly after?: string | undefined; readonly limit?: number },
): Promise<readonly FederatedCredential[]> {
  let select = credentialsOf(reader, clientId)
  if (page.after !== undefined) select = select.where('name_canonical', '>', page.after)
  const rows = await select
    .orderBy('name_canonical')
    .limit(page.limit ?? maximumFederatedCredentials)
    .execute()
  return rows.map(fromRow)
}

/** Removes a credential; false when there was none. */
export async function deleteFederatedCredential(
  writer: TenantWriter,
  clientId: ClientId,
  name: string,
): Promise<boolean> {
  const result = await writer.kysely
    .deleteFrom('federated_credential')
    .where('tenant_id', '=', writer.tenant)
    .where('client_id', '=', clientId)
    .where('name_canonical', '=', canonicalName(name))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

function credentialsOf(reader: TenantReader, clientId: ClientId) {
  return reader.kysely
    .selectFrom('federated_credential')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('client_id', '=', clientId)
}

function fromRow(row: Schema['federated_credential']): FederatedCredential {
  const { name, issuer, subject, audience } = row
  return { clientId: trustGuid(row.client_id), name, issuer, subject, audience }
}
