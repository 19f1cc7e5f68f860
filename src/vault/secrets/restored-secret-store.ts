import type { Writer } from '#storage/database.ts'
import type { SecretProperties } from '../wire.ts'
import type { SealedValue, SecretIdentity } from './secret-identity.ts'
import { firstRevision } from './secret-rows.ts'

/** A version as it was backed up, sealed for its new place. */
export interface RestoredVersion extends SealedValue {
  readonly properties: SecretProperties
}

/** A secret as it was backed up: all its versions, oldest first, of which the last is the latest. */
export interface RestoredSecret {
  readonly latest: SecretProperties
  readonly versions: readonly RestoredVersion[]
}

/**
 * Stores a secret with all its versions as they were: version ids, attributes and tags. `taken` and `deleted` say that the name is in use, by an active or a deleted secret; then nothing is stored.
 */
export async function restoreSecret(
  writer: Writer,
  where: SecretIdentity,
  { latest, versions }: RestoredSecret,
): Promise<'restored' | 'taken' | 'deleted'> {
  const key = { tenant_id: where.tenant, vault_id: where.vault, name_canonical: where.canonical }
  const created = await writer.kysely
    .insertInto('secret')
    .values({
      ...key,
      name: latest.name,
      latest_version: latest.version,
      latest_ordinal: versions.length,
      state: 'active',
      revision: firstRevision(),
      created_at: writer.now.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  if (created === undefined) {
    const held = await writer.kysely
      .selectFrom('secret')
      .select('state')
      .where((eb) => eb.and(key))
      .executeTakeFirst()
    return held?.state === 'deleted' ? 'deleted' : 'taken'
  }
  await writer.kysely
    .insertInto('secret_version')
    .values(
      versions.map(({ properties, sealedKey, sealedValue }, at) => ({
        ...key,
        version: properties.version,
        ordinal: at + 1,
        sealed_key: sealedKey,
        sealed_value: sealedValue,
        content_type: properties.contentType ?? null,
        tags_json: properties.tagsJson ?? null,
        enabled: properties.enabled ? 1 : 0,
        not_before_seconds: properties.notBeforeSeconds ?? null,
        expires_seconds: properties.expiresSeconds ?? null,
        previous_version: properties.previousVersion ?? null,
        created_at: properties.createdSeconds * 1000,
        updated_at: properties.updatedSeconds * 1000,
        revision: 1,
      })),
    )
    .execute()
  return 'restored'
}
