import { ServiceError } from '#base/errors.ts'
import { canonicalName, type Guid, type SubscriptionId, type VaultId, type VaultName } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Place } from '#operation/operation.ts'
import type { Seal } from '#seal/seal.ts'
import { type Database, defineStatement, type Reader, type Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { VaultFacts, VaultRules } from './network/vault-rules.ts'
import { type Author, type NewVault, parseVaultRow, type VaultChanges, type VaultRecord } from './vault-record.ts'

/** One page of vaults: those of a subscription, or of one of its groups, that come after `after`. */
interface VaultQuery {
  readonly subscription: SubscriptionId
  /** Any letter case. */
  readonly resourceGroup?: string
  /** Any letter case. */
  readonly name?: string
  /** In lower case. */
  readonly after?: { readonly resourceGroup: string; readonly name: string }
  readonly limit: number
}

/** One page of a subscription's deleted vaults. */
interface DeletedVaultQuery {
  readonly subscription: SubscriptionId
  /** In lower case. */
  readonly after?: string
  readonly limit: number
}

/** The vaults, for the control plane. Rows are those of the reader's tenant alone. */
export interface VaultResources {
  /**
   * Makes a vault and its domain key in the caller's transaction, which must move the generation. Undefined when the
   * name is taken: names are unique among all vaults, deleted ones included.
   */
  create(writer: Writer, vault: NewVault): Promise<VaultRecord | undefined>
  /**
   * Replaces tags and settings, in a transaction that must move the generation, for answers quote them from memory at
   * one generation. Throws `not-found` `VaultNotFound`.
   */
  update(writer: Writer, id: VaultId, changes: VaultChanges): Promise<VaultRecord>
  /** The vault of this name in the reader's tenant, in whatever state. */
  findByName(reader: Reader, name: VaultName): Promise<VaultRecord | undefined>
  /** Active vaults, ordered by resource group and name. */
  list(reader: Reader, query: VaultQuery): Promise<readonly VaultRecord[]>
  /** Whether any vault of the installation has this name, in whatever tenant and state. */
  isNameTaken(reader: Reader, name: VaultName): Promise<boolean>
  /** Deleted vaults of a subscription, ordered by name. */
  listDeleted(reader: Reader, query: DeletedVaultQuery): Promise<readonly VaultRecord[]>
  /**
   * Soft-deletes an active vault: from this commit on it answers nobody, and everything in it stays until it is recovered or
   * purged. The caller's write must move the generation. Throws `not-found` `VaultNotFound`.
   */
  delete(writer: Writer, vault: Pick<VaultRecord, 'id' | 'retentionDays'>): Promise<VaultRecord>
  /** Makes a deleted vault active again, as it was. Move the generation. Throws `not-found` `VaultNotFound`. */
  recover(writer: Writer, id: VaultId, author: Author): Promise<VaultRecord>
  /**
   * Destroys a deleted vault: its domain key, without which no backup of its rows opens, and its rows. False when it is not
   * deleted. The caller's write must move the generation.
   */
  purge(writer: Writer, id: VaultId): Promise<boolean>
  /**
   * The deleted vaults whose time has come, claimed for the calling server: no other one is given them for ten minutes. A
   * transaction of its own.
   */
  claimDue(now: Date, limit: number): Promise<readonly VaultRecord[]>
}

/** The name under which a vault's data keys are sealed. */
export function vaultDomain(id: Guid): string {
  return `vault/${id}`
}

const dayMilliseconds = 86_400_000
const claimMilliseconds = 10 * 60_000

/** By their names: a statement that a server has prepared must not change when a newer one adds a column. */
const byNameStatement = defineStatement<Schema['vault']>(
  'vault-by-name',
  `SELECT tenant_id, id, name, name_canonical, subscription_id, resource_group, resource_group_canonical, location, tags_json,
          properties_json, retention_days, state, deleted_at, purge_at, purge_claimed_until, created_at, created_by,
          created_by_type, updated_at, updated_by, updated_by_type
     FROM vault WHERE tenant_id = $1 AND name_canonical = $2`,
  { kept: true },
)

interface VaultStoreDependencies {
  readonly database: Database
  readonly seal: Seal
  readonly rules: VaultRules
  /** Values that are held opened; those of a vault that is deleted or purged are not waited for to expire. */
  readonly opened: { forgetVault(tenant: string, vault: string): void }
}

/** The vault aggregate: the table `vault`. Every write to a vault moves its tenant's generation. */
export class VaultStore implements VaultResources {
  readonly #database: Database
  readonly #seal: Seal
  readonly #rules: VaultRules
  readonly #opened: VaultStoreDependencies['opened']
  /** A row that is kept is parsed once. */
  readonly #parsed = new WeakMap<Schema['vault'], VaultRecord>()

  constructor(dependencies: VaultStoreDependencies) {
    this.#database = dependencies.database
    this.#seal = dependencies.seal
    this.#rules = dependencies.rules
    this.#opened = dependencies.opened
  }

  /**
   * What holds for the vault at the reader's freshness; from memory where that is known. Throws `not-found`
   * `VaultNotFound` when the vault is no longer active.
   */
  factsAt(reader: Reader, place: Place): VaultFacts | Promise<VaultFacts> {
    return this.#rules.factsAt(reader, place)
  }

  async create(writer: Writer, vault: NewVault): Promise<VaultRecord | undefined> {
    const id = randomGuid()
    const now = writer.now.getTime()
    const row: Schema['vault'] = {
      tenant_id: writer.tenant,
      id,
      name: vault.address.name,
      name_canonical: canonicalName(vault.address.name),
      subscription_id: vault.address.subscription,
      resource_group: vault.address.resourceGroup,
      resource_group_canonical: canonicalName(vault.address.resourceGroup),
      location: vault.location,
      tags_json: JSON.stringify(vault.tags),
      properties_json: JSON.stringify(vault.settings),
      retention_days: vault.retentionDays,
      state: 'active',
      deleted_at: null,
      purge_at: null,
      purge_claimed_until: null,
      created_at: now,
      created_by: vault.author.by,
      created_by_type: vault.author.type,
      updated_at: now,
      updated_by: vault.author.by,
      updated_by_type: vault.author.type,
    }
    const inserted = await writer.kysely
      .insertInto('vault')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted === undefined) return undefined
    await this.#seal.createDomain(writer.kysely, vaultDomain(id))
    return parseVaultRow(row)
  }

  async update(writer: Writer, id: VaultId, changes: VaultChanges): Promise<VaultRecord> {
    const row = await writer.kysely
      .updateTable('vault')
      .set({
        tags_json: JSON.stringify(changes.tags),
        properties_json: JSON.stringify(changes.settings),
        updated_at: writer.now.getTime(),
        updated_by: changes.author.by,
        updated_by_type: changes.author.type,
      })
      .where('tenant_id', '=', writer.tenant)
      .where('id', '=', id)
      .where('state', '=', 'active')
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw vaultNotFound()
    return parseVaultRow(row)
  }

  async findByName(reader: Reader, name: VaultName): Promise<VaultRecord | undefined> {
    const [row] = await reader.rows(byNameStatement, [reader.tenant, name])
    if (row === undefined) return undefined
    const known = this.#parsed.get(row)
    if (known !== undefined) return known
    const record = parseVaultRow(row)
    this.#parsed.set(row, record)
    return record
  }

  async list(reader: Reader, query: VaultQuery): Promise<readonly VaultRecord[]> {
    const { resourceGroup, name, after } = query
    const rows = await reader.kysely
      .selectFrom('vault')
      .selectAll()
      .where('tenant_id', '=', reader.tenant)
      .where('subscription_id', '=', query.subscription)
      .where('state', '=', 'active')
      .$if(resourceGroup !== undefined, (select) =>
        select.where('resource_group_canonical', '=', canonicalName(resourceGroup ?? '')),
      )
      .$if(name !== undefined, (select) => select.where('name_canonical', '=', canonicalName(name ?? '')))
      .$if(after !== undefined, (select) =>
        select.where((where) =>
          where.or([
            where('resource_group_canonical', '>', after?.resourceGroup ?? ''),
            where.and([
              where('resource_group_canonical', '=', after?.resourceGroup ?? ''),
              where('name_canonical', '>', after?.name ?? ''),
            ]),
          ]),
        ),
      )
      .orderBy('resource_group_canonical')
      .orderBy('name_canonical')
      .limit(query.limit)
      .execute()
    return rows.map(parseVaultRow)
  }

  async isNameTaken(reader: Reader, name: VaultName): Promise<boolean> {
    const row = await reader.kysely
      .selectFrom('vault')
      .select('id')
      .where('name_canonical', '=', name)
      .executeTakeFirst()
    return row !== undefined
  }

  async listDeleted(reader: Reader, query: DeletedVaultQuery): Promise<readonly VaultRecord[]> {
    const { after } = query
    const rows = await reader.kysely
      .selectFrom('vault')
      .selectAll()
      .where('tenant_id', '=', reader.tenant)
      .where('subscription_id', '=', query.subscription)
      .where('state', '=', 'deleted')
      .$if(after !== undefined, (select) => select.where('name_canonical', '>', after ?? ''))
      .orderBy('name_canonical')
      .limit(query.limit)
      .execute()
    return rows.map(parseVaultRow)
  }

  async delete(writer: Writer, vault: Pick<VaultRecord, 'id' | 'retentionDays'>): Promise<VaultRecord> {
    const now = writer.now.getTime()
    const row = await writer.kysely
      .updateTable('vault')
      .set({ state: 'deleted', deleted_at: now, purge_at: now + vault.retentionDays * dayMilliseconds })
      .where('tenant_id', '=', writer.tenant)
      .where('id', '=', vault.id)
      .where('state', '=', 'active')
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw vaultNotFound()
    this.#opened.forgetVault(writer.tenant, vault.id)
    return parseVaultRow(row)
  }

  async recover(writer: Writer, id: VaultId, author: Author): Promise<VaultRecord> {
    const row = await writer.kysely
      .updateTable('vault')
      .set({
        state: 'active',
        deleted_at: null,
        purge_at: null,
        purge_claimed_until: null,
        updated_at: writer.now.getTime(),
        updated_by: author.by,
        updated_by_type: author.type,
      })
      .where('tenant_id', '=', writer.tenant)
      .where('id', '=', id)
      .where('state', '=', 'deleted')
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw vaultNotFound()
    return parseVaultRow(row)
  }

  async purge(writer: Writer, id: VaultId): Promise<boolean> {
    const { kysely, tenant } = writer
    const vault = await kysely
      .selectFrom('vault')
      .select('id')
      .where('tenant_id', '=', tenant)
      .where('id', '=', id)
      .where('state', '=', 'deleted')
      .executeTakeFirst()
    if (vault === undefined) return false
    this.#opened.forgetVault(tenant, id)
    // Versions go with their secret; other tables of a vault's contents hang on its row, or are emptied here.
    await kysely.deleteFrom('secret').where('tenant_id', '=', tenant).where('vault_id', '=', id).execute()
    await kysely.deleteFrom('vault').where('tenant_id', '=', tenant).where('id', '=', id).execute()
    await this.#seal.destroyDomain(kysely, vaultDomain(id))
    return true
  }

  claimDue(now: Date, limit: number): Promise<readonly VaultRecord[]> {
    return this.#database.system('write', async (kysely) => {
      const rows = await kysely
        .selectFrom('vault')
        .selectAll()
        .where('state', '=', 'deleted')
        .where('purge_at', '<=', now.getTime())
        .where((where) =>
          where.or([where('purge_claimed_until', 'is', null), where('purge_claimed_until', '<=', now.getTime())]),
        )
        .orderBy('purge_at')
        .limit(limit)
        .execute()
      if (rows.length === 0) return []
      const ids = rows.map((row) => row.id)
      await kysely
        .updateTable('vault')
        .set({ purge_claimed_until: now.getTime() + claimMilliseconds })
        .where('id', 'in', ids)
        .execute()
      return rows.map(parseVaultRow)
    })
  }
}

function vaultNotFound(): ServiceError {
  return new ServiceError('not-found', 'VaultNotFound', 'There is no key vault of this name.')
}
