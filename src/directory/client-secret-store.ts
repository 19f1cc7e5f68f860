import { ServiceError } from '#base/errors.ts'
import { type ClientId, type Guid, trustGuid } from '#base/ids.ts'
import { randomBytes, randomGuid } from '#base/random.ts'
import type { TenantReader, TenantWriter } from './membership.ts'

/** What is kept of a secret: a salt and what a slow hash made of it. */
export interface CredentialVerifier {
  readonly salt: Buffer
  readonly verifier: Buffer
}

/** The slow hash. Runs off the main thread; never call it inside a transaction. */
export interface CredentialHashing {
  hashCredential(secret: string): Promise<CredentialVerifier>
  /** With `stored` undefined: the same work, and false. */
  verifyCredential(presented: string, stored: CredentialVerifier | undefined): Promise<boolean>
}

/** A client secret as it may be shown: never its text. */
export interface ClientSecret {
  readonly keyId: Guid
  readonly clientId: ClientId
  /** The first three characters of the secret's text. */
  readonly hint: string
  readonly startsAt: Date
  readonly endsAt: Date
}

/** A secret that was generated and hashed, ready to be stored. `text` is shown once. */
export interface PreparedClientSecret extends CredentialVerifier {
  readonly text: string
  readonly hint: string
}

/** A stored secret with what verifies it. */
export interface StoredClientSecret extends ClientSecret, CredentialVerifier {}

/** The outcome of presenting a secret. `expired`: it was this application's, but its time is over or has not come. */
export type ClientSecretVerdict =
  | { readonly outcome: 'valid'; readonly keyId: Guid }
  | { readonly outcome: 'expired'; readonly keyId: Guid }
  | { readonly outcome: 'unknown' }

/** Each secret of an application costs one slow hash when a wrong one is presented. */
export const maximumClientSecrets = 10

/** Generates and hashes a secret of 240 random bits. Slow: call it before the transaction. */
export async function prepareClientSecret(hashing: CredentialHashing): Promise<PreparedClientSecret> {
  const text = randomBytes(30).toString('base64url')
  const { salt, verifier } = await hashing.hashCredential(text)
  return { text, hint: text.slice(0, 3), salt, verifier }
}

/**
 * Stores a prepared secret for an application. Throws `malformed` `Request_BadRequest` when it has the maximum number
 * already or would end before it starts. Needs no counter moved: nothing was revoked.
 */
export async function addClientSecret(
  writer: TenantWriter,
  secret: {
    readonly clientId: ClientId
    readonly prepared: PreparedClientSecret
    readonly startsAt: Date
    readonly endsAt: Date
  },
): Promise<ClientSecret> {
  if (secret.endsAt <= secret.startsAt) {
    throw new ServiceError('malformed', 'Request_BadRequest', "'endDateTime' must be later than 'startDateTime'.")
  }
  if ((await loadClientSecrets(writer, secret.clientId)).length >= maximumClientSecrets) {
    throw new ServiceError(
      'malformed',
      'Request_BadRequest',
      `An application has at most ${maximumClientSecrets} client secrets; remove one first.`,
    )
  }
  const keyId = randomGuid()
  const { salt, verifier, hint } = secret.prepared
  await writer.kysely
    .insertInto('client_secret')
    .values({
      tenant_id: writer.tenant,
      client_id: secret.clientId,
      key_id: keyId,
      hint,
      salt,
      verifier,
      starts_at: secret.startsAt.getTime(),
      ends_at: secret.endsAt.getTime(),
    })
    .execute()
  return { keyId, clientId: secret.clientId, hint, startsAt: secret.startsAt, endsAt: secret.endsAt }
}

/** Removes a secret; false when there was none. It is worth nothing from the commit on. */
export async function removeClientSecret(writer: TenantWriter, clientId: ClientId, keyId: Guid): Promise<boolean> {
  const result = await writer.kysely
    .deleteFrom('client_secret')
    .where('tenant_id', '=', writer.tenant)
    .where('client_id', '=', clientId)
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The secrets of an application, expired ones included, the one that ends last first. */
export async function loadClientSecrets(
  reader: TenantReader,
  clientId: ClientId,
): Promise<readonly StoredClientSecret[]> {
  const rows = await reader.kysely
    .selectFrom('client_secret')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('client_id', '=', clientId)
    .orderBy('ends_at', 'desc')
    .orderBy('key_id')
    .execute()
  return rows.map((row) => ({
    keyId: trustGuid(row.key_id),
    clientId: trustGuid(row.client_id),
    hint: row.hint,
    startsAt: new Date(row.starts_at),
    endsAt: new Date(row.ends_at),
    salt: row.salt,
    verifier: row.verifier,
  }))
}

/**
 * Tries a presented secret against an application's secrets; expiry is judged here, at use. The token service answers
 * `expired` with AADSTS7000222 and `unknown` with AADSTS7000215. With no secret at all it takes the time of one that is
 * wrong. Slow: call it outside transactions. Source: contracts/identity.md §1.6, §2.1.
 */
export async function verifyClientSecret(
  hashing: CredentialHashing,
  stored: readonly StoredClientSecret[],
  attempt: { readonly presented: string; readonly now: Date },
): Promise<ClientSecretVerdict> {
  const isCurrent = (secret: StoredClientSecret): boolean =>
    secret.startsAt <= attempt.now && attempt.now < secret.endsAt
  // Current ones first: the usual call then costs one hash.
  const ordered = [...stored.filter(isCurrent), ...stored.filter((secret) => !isCurrent(secret))]
  if (ordered.length === 0) await hashing.verifyCredential(attempt.presented, undefined)
  for (const secret of ordered) {
    if (await hashing.verifyCredential(attempt.presented, secret)) {
      return { outcome: isCurrent(secret) ? 'valid' : 'expired', keyId: secret.keyId }
    }
  }
  return { outcome: 'unknown' }
}
