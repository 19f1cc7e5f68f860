import type { Kysely } from 'kysely'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import { parseStoredJson } from '#base/json.ts'
import type { RsaPublicJwk } from '#crypto/signing.ts'
import { defineStatement, type Reader } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'

/** A signing key as stored: its private part is sealed. */
export interface StoredSigningKey {
  /** base64url of the certificate's SHA-1: `kid` and `x5t`. */
  readonly keyId: string
  readonly sealedPrivateKey: Buffer
  /** DER. */
  readonly certificate: Buffer
  readonly publicJwk: RsaPublicJwk
  readonly publishedAt: Date
  /** It is published at once, but signs only from here on, when those who keep a copy of our keys have seen it. */
  readonly signsFrom: Date
  /** From here on it verifies nothing more; undefined while no other key has been made to follow it. */
  readonly retiresAt: Date | undefined
}

/** The keys of the reader's tenant that have not retired, oldest first. */
export async function loadSigningKeys(reader: Reader): Promise<readonly StoredSigningKey[]> {
  const rows = await reader.kysely
    .selectFrom('signing_key')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where((row) => row.or([row('retires_at', 'is', null), row('retires_at', '>', reader.now.getTime())]))
    .orderBy('signs_from_at')
    .orderBy('kid')
    .execute()
  return rows.map((row) => ({
    keyId: row.kid,
    sealedPrivateKey: row.sealed,
    certificate: row.certificate,
    publicJwk: parsePublicJwk(row.public_jwk_json),
    publishedAt: new Date(row.published_at),
    signsFrom: new Date(row.signs_from_at),
    retiresAt: row.retires_at === null ? undefined : new Date(row.retires_at),
  }))
}

const selectLiveKey = defineStatement<{ kid: string }>(
  'signing-key-alive',
  'SELECT kid FROM signing_key WHERE tenant_id = $1 AND kid = $2 AND (retires_at IS NULL OR retires_at > $3)',
)

/** Whether the reader's tenant has this key, and it has not retired. */
export async function hasSigningKey(reader: Reader, keyId: string): Promise<boolean> {
  const rows = await reader.rows(selectLiveKey, [reader.tenant, keyId, reader.now.getTime()])
  return rows.length > 0
}

/** Stores a new key. */
export async function insertSigningKey(kysely: Kysely<Schema>, tenant: TenantId, key: StoredSigningKey): Promise<void> {
  await kysely
    .insertInto('signing_key')
    .values({
      kid: key.keyId,
      tenant_id: tenant,
      sealed: key.sealedPrivateKey,
      certificate: key.certificate,
      public_jwk_json: JSON.stringify(key.publicJwk),
      state: 'published',
      published_at: key.publishedAt.getTime(),
      signs_from_at: key.signsFrom.getTime(),
      retires_at: key.retiresAt?.getTime() ?? null,
    })
    .execute()
}

/** Gives every key that has none yet a time to retire, and forgets those that have retired. */
export async function retireSigningKeys(
  kysely: Kysely<Schema>,
  tenant: TenantId,
  times: { readonly now: Date; readonly retiresAt: Date },
): Promise<void> {
  await kysely
    .deleteFrom('signing_key')
    .where('tenant_id', '=', tenant)
    .where('retires_at', '<=', times.now.getTime())
    .execute()
  await kysely
    .updateTable('signing_key')
    .set({ retires_at: times.retiresAt.getTime() })
    .where('tenant_id', '=', tenant)
    .where('retires_at', 'is', null)
    .execute()
}

/** Forgets every key of a tenant: its tokens verify nowhere from the commit on. */
export async function deleteSigningKeys(kysely: Kysely<Schema>, tenant: TenantId): Promise<void> {
  await kysely.deleteFrom('signing_key').where('tenant_id', '=', tenant).execute()
}

function parsePublicJwk(json: string): RsaPublicJwk {
  const parsed = parseStoredJson(json, 'A stored public key')
  if (typeof parsed === 'object' && parsed !== null && 'n' in parsed && 'e' in parsed) {
    const { n, e } = parsed
    if (typeof n === 'string' && typeof e === 'string') return { kty: 'RSA', n, e }
  }
  throw new ServiceError('internal', 'KeyDamaged', 'A stored public key cannot be read.')
}
