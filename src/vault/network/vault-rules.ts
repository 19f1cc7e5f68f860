/**
 * What a vault asks of a call besides roles, for the gate: network rules, and access policies where these decide; and what
 * operations ask about their vault. As fresh as permissions are, and kept in the same way: under exactly one generation.
 */
import { type AccessPolicies, compileAccessPolicies } from '#authorization/access-policies.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import type { Place } from '#operation/operation.ts'
import type { Admission, Arrival, PlaceRules, PlaceRulesSource } from '#operation/place-rules.ts'
import { defineStatement, type Freshness, type Reader } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { parseVaultSettings } from '../vault-record.ts'
import { type Recovery, recoveryOf } from '../wire.ts'
import { NetworkRules } from './network-rules.ts'

type RuleColumns = Pick<Schema['vault'], 'properties_json' | 'retention_days'>

const rulesStatement = defineStatement<RuleColumns & Pick<Schema['vault'], 'state'>>(
  'vault-rules',
  'SELECT state, properties_json, retention_days FROM vault WHERE tenant_id = $1 AND id = $2',
)

const rememberedVaults = 10_000

/** What operations ask about the vault they run in. */
export interface VaultFacts {
  readonly recovery: Recovery
  /** Nobody purges what is deleted before its retention has passed. */
  readonly purgeProtection: boolean
}

interface Remembered {
  readonly generation: number
  readonly columns: RuleColumns
  readonly rules: PlaceRules
  readonly facts: VaultFacts
}

/** The rules of all vaults, for the gate, and what operations ask about them. */
export class VaultRules implements PlaceRulesSource {
  readonly #byVault = new Map<Guid, Remembered>()

  cached(place: Place, { generation }: Freshness): PlaceRules | undefined {
    return this.#known(place, generation)?.rules
  }

  async load(reader: Reader, place: Place): Promise<PlaceRules> {
    return (await this.#load(reader, place)).rules
  }

  /** What holds for the vault at the reader's freshness. Throws `not-found` `VaultNotFound` when it is not active. */
  factsAt(reader: Reader, place: Place): VaultFacts | Promise<VaultFacts> {
    const known = this.#known(place, reader.freshness.generation)
    return known === undefined ? this.#load(reader, place).then(({ facts }) => facts) : known.facts
  }

  /** The rules in a vault's row, as one statement read it together with the tenant's generation. */
  keep(place: Place, columns: RuleColumns, generation: number): PlaceRules {
    return this.#keep(place, columns, generation).rules
  }

  #known(place: Place, generation: number): Remembered | undefined {
    const known = this.#byVault.get(place.id)
    return known?.generation === generation ? known : undefined
  }

  async #load(reader: Reader, place: Place): Promise<Remembered> {
    const [row] = await reader.rows(rulesStatement, [reader.tenant, place.id])
    if (row === undefined || row.state !== 'active') {
      throw new ServiceError('not-found', 'VaultNotFound', 'There is no key vault of this name.')
    }
    return this.#keep(place, row, reader.freshness.generation)
  }

  #keep(place: Place, { properties_json, retention_days }: RuleColumns, generation: number): Remembered {
    const columns = { properties_json, retention_days }
    const known = this.#byVault.get(place.id)
    const isSame = known?.columns.properties_json === properties_json && known.columns.retention_days === retention_days
    const made: Remembered = isSame ? { ...known, generation } : { generation, columns, ...compile(columns, place) }
    // Two readings may overlap; the older one must not take the newer one's place.
    if (known !== undefined && known.generation > generation) return made
    if (known === undefined && this.#byVault.size >= rememberedVaults) this.#byVault.clear()
    this.#byVault.set(place.id, made)
    return made
  }
}

function compile(columns: RuleColumns, place: Place): Pick<Remembered, 'rules' | 'facts'> {
  const settings = parseVaultSettings(columns.properties_json)
  const { purgeProtection } = settings
  return {
    rules: new CompiledRules(
      new NetworkRules(settings, place),
      settings.rbacAuthorization ? undefined : compileAccessPolicies(settings.accessPolicies, place),
    ),
    facts: { recovery: recoveryOf(columns.retention_days, purgeProtection), purgeProtection },
  }
}

class CompiledRules implements PlaceRules {
  readonly accessPolicies: AccessPolicies | undefined
  readonly #network: NetworkRules

  constructor(network: NetworkRules, accessPolicies: AccessPolicies | undefined) {
    this.#network = network
    this.accessPolicies = accessPolicies
  }

  admit(arrival: Arrival): Admission {
    return this.#network.admit(arrival)
  }
}
