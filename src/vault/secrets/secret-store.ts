import { ServiceError } from '#base/errors.ts'
import { defineStatement, type Reader, type Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { SecretProperties } from '../wire.ts'
import type { NewSecretVersion, SecretChanges } from './secret-body.ts'
import { requireOrderedValidity } from './secret-body.ts'
import type { SealedValue, SecretIdentity } from './secret-identity.ts'
import {
  deletedButRecoverable,
  firstRevision,
  listedColumns,
  type PageBounds,
  type PropertiesRow,
  propertiesOf,
  type SecretPage,
  selectSecrets,
  withLatestVersion,
} from './secret-rows.ts'

/** What each request reads first of a secret: whether it is there, its latest version, and whether memory is still right. */
interface SecretHead {
  readonly latestVersion: string
  /** Moves with every write to the secret or any of its versions. */
  readonly revision: number
}

const throughTransaction = Symbol('row read through a transaction')

/** A version's row. Only this store makes one, from a transaction's rows. */
export interface SealedSecretVersion extends SealedValue {
  readonly [throughTransaction]: true
  readonly properties: SecretProperties
}

type HeadRow = Pick<Schema['secret'], 'state' | 'latest_version' | 'revision'>

const headStatement = defineStatement<HeadRow>(
  'vault-secret-head',
  'SELECT state, latest_version, revision FROM secret WHERE tenant_id = $1 AND vault_id = $2 AND name_canonical = $3',
  { kept: true },
)

const versionStatement = defineStatement<PropertiesRow & Pick<Schema['secret_version'], 'sealed_key' | 'sealed_value'>>(
  'vault-secret-version',
  `SELECT s.name, v.version, v.sealed_key, v.sealed_value, v.content_type, v.tags_json, v.enabled, v.not_before_seconds,
    v.expires_seconds, v.previous_version, v.created_at, v.updated_at
    FROM secret s JOIN secret_version v
      ON v.tenant_id = s.tenant_id AND v.vault_id = s.vault_id AND v.name_canonical = s.name_canonical
    WHERE s.tenant_id = $1 AND s.vault_id = $2 AND s.name_canonical = $3 AND s.state = 'active' AND v.version = $4`,
)

/** The head of an active secret, or undefined. One row by its key; the first statement of every read. */
export function loadSecretHead(
  reader: Reader,
  where: SecretIdentity,
): SecretHead | undefined | Promise<SecretHead | undefined> {
  const rows = reader.rows(headStatement, [where.tenant, where.vault, where.canonical])
  return rows instanceof Promise ? rows.then(headOf) : headOf(rows)
}

function headOf([row]: readonly HeadRow[]): SecretHead | undefined {
  return row === undefined || row.state !== 'active'
    ? undefined
    : { latestVersion: row.latest_version, revision: row.revision }
}

/** One version of an active secret with its sealed value, or undefined. */
export async function loadSecretVersion(
  reader: Reader,
  where: SecretIdentity,
  version: string,
): Promise<SealedSecretVersion | undefined> {
  const [row] = await reader.rows(versionStatement, [where.tenant, where.vault, where.canonical, version])
  if (row === undefined) return undefined
  return {
    [throughTransaction]: true,
    properties: propertiesOf(row),
    sealedKey: row.sealed_key,
    sealedValue: row.sealed_value,
  }
}

/**
 * All versions of an active secret, in the order they were made, with their sealed values; none when there is no such secret.
 * At most `limit` are read.
 */
export async function loadSecretVersions(
  reader: Reader,
  where: SecretIdentity,
  limit: number,
): Promise<readonly SealedSecretVersion[]> {
  const rows = await reader.kysely
    .selectFrom('secret_version as v')
    .innerJoin('secret as s', (join) =>
      join
        .onRef('s.tenant_id', '=', 'v.tenant_id')
        .onRef('s.vault_id', '=', 'v.vault_id')
        .onRef('s.name_canonical', '=', 'v.name_canonical'),
    )
    .select([...listedColumns, 'v.sealed_key', 'v.sealed_value'])
    .where('v.tenant_id', '=', where.tenant)
    .where('v.vault_id', '=', where.vault)
    .where('v.name_canonical', '=', where.canonical)
    .where('s.state', '=', 'active')
    .orderBy('v.ordinal')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    [throughTransaction]: true,
    properties: propertiesOf(row),
    sealedKey: row.sealed_key,
    sealedValue: row.sealed_value,
  }))
}

/** Active secrets by name, each with its latest version's properties. */
export async function listSecrets(
  reader: Reader,
  vault: Omit<SecretIdentity, 'canonical'>,
  page: PageBounds,
): Promise<SecretPage> {
  const limited = selectSecrets(reader, vault, 'active')
    .where('name_canonical', '>', page.after)
    .orderBy('name_canonical')
    .limit(page.size + 1)
  const rows = await withLatestVersion(reader, limited).execute()
  const shown = rows.slice(0, page.size)
  return {
    items: shown.map(propertiesOf),
    lastKey: rows.length > page.size ? shown.at(-1)?.name_canonical : undefined,
  }
}

/** The versions of an active secret by version id; none when there is no such secret. */
export async function listSecretVersions(reader: Reader, where: SecretIdentity, page: PageBounds): Promise<SecretPage> {
  const rows = await reader.kysely
    .selectFrom('secret_version as v')
    .innerJoin('secret as s', (join) =>
      join
        .onRef('s.tenant_id', '=', 'v.tenant_id')
        .onRef('s.vault_id', '=', 'v.vault_id')
        .onRef('s.name_canonical', '=', 'v.name_canonical'),
    )
    .select(listedColumns)
    .where('v.tenant_id', '=', where.tenant)
    .where('v.vault_id', '=', where.vault)
    .where('v.name_canonical', '=', where.canonical)
    .where('s.state', '=', 'active')
    .where('v.version', '>', page.after)
    .orderBy('v.version')
    .limit(page.size + 1)
    .execute()
  const shown = rows.slice(0, page.size)
  return {
    items: shown.map(propertiesOf),
    lastKey: rows.length > page.size ? shown.at(-1)?.version : undefined,
  }
}

/** A version about to be stored: its id was made before the transaction, for its seals are bound to it. */
interface SecretVersionToSave extends SealedValue {
  /** As the caller wrote it; the first version's letter case stays. */
  readonly name: string
  readonly version: string
  readonly given: NewSecretVersion
}

/**
 * Stores a new latest version. Concurrent writers of one secret take turns at its row, so each gets an ordinal of its own.
 * Throws `conflict` `Conflict` / `ObjectIsDeletedButRecoverable` while a secret of this name can still be recovered.
 */
export async function saveSecretVersion(
  writer: Writer,
  where: SecretIdentity,
  saved: SecretVersionToSave,
): Promise<SecretProperties> {
  const { name, previous, ordinal } = await claimOrdinal(writer, where, saved)
  const { attributes } = saved.given
  const now = writer.now.getTime()
  const row = {
    version: saved.version,
    content_type: saved.given.contentType ?? null,
    tags_json: saved.given.tagsJson ?? null,
    enabled: attributes.enabled === false ? 0 : 1,
    not_before_seconds: attributes.notBeforeSeconds ?? null,
    expires_seconds: attributes.expiresSeconds ?? null,
    previous_version: previous,
    created_at: now,
    updated_at: now,
  }
  await writer.kysely
    .insertInto('secret_version')
    .values({
      ...row,
      tenant_id: where.tenant,
      vault_id: where.vault,
      name_canonical: where.canonical,
      ordinal,
      sealed_key: saved.sealedKey,
      sealed_value: saved.sealedValue,
      revision: 1,
    })
    .execute()
  return propertiesOf({ ...row, name })
}

/**
 * Changes the metadata of one version, the latest when none is named. Undefined when there is no such secret or version.
 * Throws `malformed` `BadParameter` when the validity would end before it begins.
 */
export async function updateSecretVersion(
  writer: Writer,
  where: SecretIdentity & { readonly version: string | undefined },
  changes: SecretChanges,
): Promise<SecretProperties | undefined> {
  const secret = await lockSecret(writer, where)
  if (secret === undefined || secret.state !== 'active') return undefined
  const key = { tenant_id: where.tenant, vault_id: where.vault, name_canonical: where.canonical }
  const version = where.version ?? secret.latest_version
  const row = await writer.kysely
    .selectFrom('secret_version as v')
    .selectAll()
    .where((eb) => eb.and({ ...key, version }))
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { attributes } = changes
  const changed = {
    content_type: changes.contentType ?? row.content_type,
    tags_json: changes.tagsJson ?? row.tags_json,
    enabled: attributes.enabled === undefined ? row.enabled : attributes.enabled ? 1 : 0,
    not_before_seconds: attributes.notBeforeSeconds ?? row.not_before_seconds,
    expires_seconds: attributes.expiresSeconds ?? row.expires_seconds,
    updated_at: writer.now.getTime(),
    revision: row.revision + 1,
  }
  requireOrderedValidity(changed.not_before_seconds ?? undefined, changed.expires_seconds ?? undefined)
  await writer.kysely
    .updateTable('secret_version')
    .set(changed)
    .where((eb) => eb.and({ ...key, version }))
    .execute()
  return propertiesOf({ ...row, ...changed, name: secret.name })
}

type LockedSecret = Pick<Schema['secret'], 'name' | 'latest_version' | 'latest_ordinal' | 'state'>

/** Moves the secret's revision, which makes other writers of the secret wait until this transaction ends. */
async function lockSecret(writer: Writer, where: SecretIdentity): Promise<LockedSecret | undefined> {
  return writer.kysely
    .updateTable('secret')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('tenant_id', '=', where.tenant)
    .where('vault_id', '=', where.vault)
    .where('name_canonical', '=', where.canonical)
    .returning(['name', 'latest_version', 'latest_ordinal', 'state'])
    .executeTakeFirst()
}

interface ClaimedOrdinal {
  readonly name: string
  readonly previous: string | null
  readonly ordinal: number
}

async function claimOrdinal(
  writer: Writer,
  where: SecretIdentity,
  saved: SecretVersionToSave,
): Promise<ClaimedOrdinal> {
  const created = await writer.kysely
    .insertInto('secret')
    .values({
      tenant_id: where.tenant,
      vault_id: where.vault,
      name: saved.name,
      name_canonical: where.canonical,
      latest_version: saved.version,
      latest_ordinal: 1,
      state: 'active',
      revision: firstRevision(),
      created_at: writer.now.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  if (created !== undefined) return { name: created.name, previous: null, ordinal: 1 }
  const secret = await lockSecret(writer, where)
  if (secret === undefined) {
    throw new ServiceError('conflict', 'Conflict', `Secret ${saved.name} was changed by another request. Try again.`)
  }
  if (secret.state !== 'active') throw deletedButRecoverable(saved.name)
  const ordinal = secret.latest_ordinal + 1
  await writer.kysely
    .updateTable('secret')
    .set({ latest_version: saved.version, latest_ordinal: ordinal })
    .where('tenant_id', '=', where.tenant)
    .where('vault_id', '=', where.vault)
    .where('name_canonical', '=', where.canonical)
    .execute()
  return { name: secret.name, previous: secret.latest_version, ordinal }
}
