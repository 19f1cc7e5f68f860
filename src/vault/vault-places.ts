import { parseScope } from '#authorization/scope.ts'
import {
  canonicalName,
  type Guid,
  type TenantId,
  trustGuid,
  tryParseVaultName,
  type VaultId,
  type VaultName,
} from '#base/ids.ts'
import type { Place } from '#operation/operation.ts'
import type { Database } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { VaultRules } from './network/vault-rules.ts'

interface RememberedPlace {
  readonly generation: number
  readonly place: Place
}

const rememberedVaults = 10_000

/**
 * Which vault a name stands for. What is remembered is valid for exactly one generation of the tenant, which every write to a
 * vault moves; that there is no such vault is never remembered.
 */
export class VaultPlaces {
  readonly #database: Database
  readonly #rules: VaultRules
  readonly #byName = new Map<VaultName, RememberedPlace>()

  constructor({ database, rules }: { readonly database: Database; readonly rules: VaultRules }) {
    this.#database = database
    this.#rules = rules
  }

  /**
   * The place that a host's first label stands for, or undefined when no active vault has this name; that answer always
   * comes from the database. At once where memory is still right. Vault names are unique in the installation, so no tenant
   * is asked for.
   */
  resolve(name: string): Place | undefined | Promise<Place | undefined> {
    const canonical = tryParseVaultName(name)
    if (canonical === undefined) return undefined
    const known = this.#byName.get(canonical)
    return known !== undefined && this.#database.knownFreshness(known.place.tenant)?.generation === known.generation
      ? known.place
      : this.#load(canonical)
  }

  /** The place of a vault in whatever state, for background jobs; undefined once it was purged. */
  async findById(tenant: TenantId, id: Guid): Promise<Place | undefined> {
    const row = await this.#database.system('read', (kysely) =>
      kysely
        .selectFrom('vault')
        .select(placeColumns)
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst(),
    )
    return row === undefined ? undefined : placeOf(row)
  }

  async #load(name: VaultName): Promise<Place | undefined> {
    const row = await this.#database.system('read', (kysely) =>
      kysely
        .selectFrom('vault')
        .innerJoin('tenant', 'tenant.id', 'vault.tenant_id')
        .select(placeColumns.map((column) => `vault.${column}` as const))
        .select(['vault.properties_json', 'vault.retention_days', 'tenant.generation'])
        .where('vault.name_canonical', '=', name)
        .where('vault.state', '=', 'active')
        .executeTakeFirst(),
    )
    if (row === undefined) return undefined
    const before = this.#byName.get(name)?.place
    // The same object as long as it is the same vault: what is derived from a place is remembered with it.
    const place = before?.id === row.id ? before : placeOf(row)
    if (this.#byName.size >= rememberedVaults) this.#byName.clear()
    this.#byName.set(name, { generation: row.generation, place })
    // Read in the same statement, so that the gate need not ask again.
    this.#rules.keep(place, row, row.generation)
    return place
  }
}

/** What a place is made of; nothing in it can change while the vault exists. */
const placeColumns = ['tenant_id', 'id', 'subscription_id', 'resource_group', 'name', 'location'] as const

function placeOf(row: Pick<Schema['vault'], (typeof placeColumns)[number]>): Place {
  const { subscription_id, resource_group, name } = row
  return {
    kind: 'vault',
    tenant: trustGuid<TenantId>(row.tenant_id),
    id: trustGuid<VaultId>(row.id),
    scope: parseScope(
      `/subscriptions/${subscription_id}/resourceGroups/${resource_group}/providers/Microsoft.KeyVault/vaults/${name}`,
    ),
    name: canonicalName(name),
    location: row.location,
  }
}
