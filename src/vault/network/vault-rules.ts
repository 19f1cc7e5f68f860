/**
 * What a vault asks of a call besides roles, for the gate: network rules, and access policies where these decide. As fresh as
 * permissions are, and kept in the same way: under exactly one generation.
 */
import { type AccessPolicies, compileAccessPolicies } from '#authorization/access-policies.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import type { Place } from '#operation/operation.ts'
import type { Admission, Arrival, PlaceRules, PlaceRulesSource } from '#operation/place-rules.ts'
import { defineStatement, type Freshness, type Reader } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { parseVaultSettings } from '../vault-record.ts'
import { NetworkRules } from './network-rules.ts'

const rulesStatement = defineStatement<Pick<Schema['vault'], 'state' | 'properties_json'>>(
  'vault-rules',
  'SELECT state, properties_json FROM vault WHERE tenant_id = $1 AND id = $2',
)

const rememberedVaults = 10_000

interface Remembered {
  readonly generation: number
  readonly settingsJson: string
  readonly rules: PlaceRules
}

/** The rules of all vaults, for the gate. */
export class VaultRules implements PlaceRulesSource {
  readonly #byVault = new Map<Guid, Remembered>()

  cached(place: Place, { generation }: Freshness): PlaceRules | undefined {
    const known = this.#byVault.get(place.id)
    return known?.generation === generation ? known.rules : undefined
  }

  async load(reader: Reader, place: Place): Promise<PlaceRules> {
    const [row] = await reader.rows(rulesStatement, [reader.tenant, place.id])
    if (row === undefined || row.state !== 'active') {
      throw new ServiceError('not-found', 'VaultNotFound', 'There is no key vault of this name.')
    }
    return this.keep(place, row.properties_json, reader.freshness.generation)
  }

  /** The rules in a vault's settings document, as one statement read it together with the tenant's generation. */
  keep(place: Place, settingsJson: string, generation: number): PlaceRules {
    const known = this.#byVault.get(place.id)
    const rules = known?.settingsJson === settingsJson ? known.rules : compile(settingsJson, place)
    // Two readings may overlap; the older one must not take the newer one's place.
    if (known !== undefined && known.generation > generation) return rules
    if (known === undefined && this.#byVault.size >= rememberedVaults) this.#byVault.clear()
    this.#byVault.set(place.id, { generation, settingsJson, rules })
    return rules
  }
}

function compile(settingsJson: string, place: Place): PlaceRules {
  const settings = parseVaultSettings(settingsJson)
  return new CompiledRules(
    new NetworkRules(settings, place),
    settings.rbacAuthorization ? undefined : compileAccessPolicies(settings.accessPolicies, place),
  )
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
