import { type Guid, type TenantId, trustGuid } from '#base/ids.ts'
import type { Database, Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { DeletedSecret, SecretProperties } from '../wire.ts'
import type { SecretIdentity } from './secret-identity.ts'
import {
  type PageBounds,
  type PropertiesRow,
  propertiesOf,
  type SecretPage,
  selectSecrets,
  withLatestVersion,
} from './secret-rows.ts'

const millisecondsPerDay = 24 * 60 * 60 * 1000
/** A server that ends while it purges what it claimed leaves the rest to the others for so long. */
const claimMilliseconds = 5 * 60 * 1000

/** Deletes an active secret with all its versions; it can be recovered for the retention. Undefined when there is none. */
export async function deleteSecret(
  writer: Writer,
  where: SecretIdentity,
  retentionDays: number,
): Promise<DeletedSecret | undefined> {
  const now = writer.now.getTime()
  const changed = await changeState(writer, where, {
    state: 'deleted',
    deleted_at: now,
    purge_at: now + retentionDays * millisecondsPerDay,
  })
  return changed ? loadDeletedSecret(writer, where) : undefined
}

/** Makes a deleted secret active again, as it was. Undefined when there is no deleted secret of this name. */
export async function recoverSecret(writer: Writer, where: SecretIdentity): Promise<SecretProperties | undefined> {
  const changed = await changeState(writer, where, { state: 'active', deleted_at: null, purge_at: null })
  if (!changed) return undefined
  const limited = selectSecrets(writer, where, 'active').where('name_canonical', '=', where.canonical).limit(1)
  const row = await withLatestVersion(writer, limited).executeTakeFirst()
  return row && propertiesOf(row)
}

/** The deleted secret of this name, or undefined. */
export async function loadDeletedSecret(reader: Reader, where: SecretIdentity): Promise<DeletedSecret | undefined> {
  const limited = selectSecrets(reader, where, 'deleted').where('name_canonical', '=', where.canonical).limit(1)
  const row = await withLatestVersion(reader, limited).executeTakeFirst()
  return row && deletedOf(row)
}

/** Deleted secrets by name. */
export async function listDeletedSecrets(
  reader: Reader,
  vault: Omit<SecretIdentity, 'canonical'>,
  page: PageBounds,
): Promise<SecretPage<DeletedSecret>> {
  const limited = selectSecrets(reader, vault, 'deleted')
    .where('name_canonical', '>', page.after)
    .orderBy('name_canonical')
    .limit(page.size + 1)
  const rows = await withLatestVersion(reader, limited).execute()
  const shown = rows.slice(0, page.size)
  return {
    items: shown.map(deletedOf),
    lastKey: rows.length > page.size ? shown.at(-1)?.name_canonical : undefined,
  }
}

/**
 * Destroys a deleted secret: every version with its sealed value and data key. With `due`, only one whose retention has passed
 * by the writer's time. False when there is no such secret.
 */
export async function purgeSecret(
  writer: Writer,
  where: SecretIdentity,
  { due }: { readonly due: boolean },
): Promise<boolean> {
  // Versions go with their secret.
  const purged = await writer.kysely
    .deleteFrom('secret')
    .where('tenant_id', '=', where.tenant)
    .where('vault_id', '=', where.vault)
    .where('name_canonical', '=', where.canonical)
    .where('state', '=', 'deleted')
    .$if(due, (remove) => remove.where('purge_at', '<=', writer.now.getTime()))
    .returning('name')
    .executeTakeFirst()
  return purged !== undefined
}

/** Tenants in which, by this time, the retention of some deleted secret has passed. */
export async function findTenantsWithDueSecrets(database: Database, now: Date): Promise<readonly TenantId[]> {
  const rows = await database.system('read', (kysely) =>
    kysely
      .selectFrom('tenant')
      .select('tenant.id')
      .where((where) =>
        where.exists(
          where
            .selectFrom('secret')
            .select('secret.name')
            .whereRef('secret.tenant_id', '=', 'tenant.id')
            .where('secret.state', '=', 'deleted')
            .where('secret.purge_at', '<=', now.getTime()),
        ),
      )
      .execute(),
  )
  return rows.map((row) => trustGuid<TenantId>(row.id))
}

/** A deleted secret whose retention has passed, claimed by one server. */
export interface DueSecret {
  readonly canonical: string
  readonly vault: Guid
}

/**
 * Claims up to `limit` deleted secrets of the writer's tenant whose retention has passed, the longest due first. What one
 * server has claimed no other gets for five minutes, so that a purge which fails or is cut off is tried again.
 */
export async function claimDueSecrets(writer: Writer, limit: number): Promise<readonly DueSecret[]> {
  const now = writer.now.getTime()
  const due = await writer.kysely
    .selectFrom('secret')
    .select(['vault_id', 'name_canonical'])
    .where('tenant_id', '=', writer.tenant)
    .where('state', '=', 'deleted')
    .where('purge_at', '<=', now)
    .where((free) => free.or([free('purge_claimed_until', 'is', null), free('purge_claimed_until', '<=', now)]))
    // The same order on every server, so that two never wait for each other.
    .orderBy('purge_at')
    .orderBy('vault_id')
    .orderBy('name_canonical')
    .limit(limit)
    .execute()
  const claimed: DueSecret[] = []
  for (const { vault_id: vault, name_canonical: canonical } of due) {
    // Asked again of the row itself: another server may have claimed it since it was read.
    const row = await writer.kysely
      .updateTable('secret')
      .set({ purge_claimed_until: now + claimMilliseconds })
      .where('tenant_id', '=', writer.tenant)
      .where('vault_id', '=', vault)
      .where('name_canonical', '=', canonical)
      .where('state', '=', 'deleted')
      .where((free) => free.or([free('purge_claimed_until', 'is', null), free('purge_claimed_until', '<=', now)]))
      .returning('name')
      .executeTakeFirst()
    if (row !== undefined) claimed.push({ vault: trustGuid(vault), canonical })
  }
  return claimed
}

type StateColumns = Pick<Schema['secret'], 'state' | 'deleted_at' | 'purge_at'>

/** Moves the revision too, so that nothing remembered of the secret is right any more. False when it is in the same state. */
async function changeState(writer: Writer, where: SecretIdentity, to: StateColumns): Promise<boolean> {
  const changed = await writer.kysely
    .updateTable('secret')
    .set((eb) => ({ ...to, purge_claimed_until: null, revision: eb('revision', '+', 1) }))
    .where('tenant_id', '=', where.tenant)
    .where('vault_id', '=', where.vault)
    .where('name_canonical', '=', where.canonical)
    .where('state', '!=', to.state)
    .returning('name')
    .executeTakeFirst()
  return changed !== undefined
}

function deletedOf(row: PropertiesRow & Pick<Schema['secret'], 'deleted_at' | 'purge_at'>): DeletedSecret {
  return {
    properties: propertiesOf(row),
    deletedSeconds: toSeconds(row.deleted_at),
    scheduledPurgeSeconds: toSeconds(row.purge_at),
  }
}

function toSeconds(milliseconds: number | null): number {
  return Math.floor((milliseconds ?? 0) / 1000)
}
