import { ServiceError } from '#base/errors.ts'
import { randomBytes } from '#base/random.ts'
import type { Reader } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { parseStoredTags, type SecretProperties } from '../wire.ts'
import type { SecretIdentity } from './secret-identity.ts'

/** One page of a list. */
export interface SecretPage<Item = SecretProperties> {
  readonly items: readonly Item[]
  /** The last key looked at when there may be more after it. */
  readonly lastKey: string | undefined
}

export interface PageBounds {
  /** The key after which the page begins; '' for the first. */
  readonly after: string
  readonly size: number
}

/** What an answer shows of a version, as it is stored. */
export type PropertiesRow = Pick<
  Schema['secret_version'],
  | 'version'
  | 'content_type'
  | 'tags_json'
  | 'enabled'
  | 'not_before_seconds'
  | 'expires_seconds'
  | 'previous_version'
  | 'created_at'
  | 'updated_at'
> &
  Pick<Schema['secret'], 'name'>

/** `PropertiesRow` of a secret `s` and its version `v`. */
export const listedColumns = [
  's.name',
  'v.version',
  'v.content_type',
  'v.tags_json',
  'v.enabled',
  'v.not_before_seconds',
  'v.expires_seconds',
  'v.previous_version',
  'v.created_at',
  'v.updated_at',
] as const

/** Secrets of a vault in one state, to be narrowed, ordered and limited before `withLatestVersion` takes them. */
export function selectSecrets(reader: Reader, vault: Omit<SecretIdentity, 'canonical'>, state: 'active' | 'deleted') {
  return reader.kysely
    .selectFrom('secret')
    .select(['tenant_id', 'vault_id', 'name', 'name_canonical', 'latest_version', 'deleted_at', 'purge_at'])
    .where('tenant_id', '=', vault.tenant)
    .where('vault_id', '=', vault.vault)
    .where('state', '=', state)
}

/**
 * The secrets by name, each with its latest version. They must be limited: a limited query is planned by itself, and its rows
 * look up their versions by the whole key. Joined in one, a planner without statistics walks all versions of the vault for each.
 */
export function withLatestVersion(reader: Reader, limited: ReturnType<typeof selectSecrets>) {
  return reader.kysely
    .selectFrom(limited.as('s'))
    .innerJoin('secret_version as v', (join) =>
      join
        .onRef('v.tenant_id', '=', 's.tenant_id')
        .onRef('v.vault_id', '=', 's.vault_id')
        .onRef('v.name_canonical', '=', 's.name_canonical')
        .onRef('v.version', '=', 's.latest_version'),
    )
    .select([...listedColumns, 's.name_canonical', 's.deleted_at', 's.purge_at'])
    .orderBy('s.name_canonical')
}

export function propertiesOf(row: PropertiesRow): SecretProperties {
  return {
    name: row.name,
    version: row.version,
    contentType: row.content_type ?? undefined,
    enabled: row.enabled === 1,
    notBeforeSeconds: row.not_before_seconds ?? undefined,
    expiresSeconds: row.expires_seconds ?? undefined,
    createdSeconds: Math.floor(row.created_at / 1000),
    updatedSeconds: Math.floor(row.updated_at / 1000),
    tagsJson: parseStoredTags(row.tags_json),
    previousVersion: row.previous_version ?? undefined,
  }
}

const revisionBytes = 6

/** The revision a new secret begins at. */
export function firstRevision(): number {
  return randomBytes(revisionBytes).readUIntBE(0, revisionBytes)
}

/** Azure's 409 for a name whose secret is deleted and neither recovered nor purged yet. */
export function deletedButRecoverable(name: string): ServiceError {
  return new ServiceError(
    'conflict',
    'Conflict',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
    { innerCode: 'ObjectIsDeletedButRecoverable' },
  )
}
