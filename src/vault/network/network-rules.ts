import { ServiceError } from '#base/errors.ts'
import { type IpRange, tryParseIpAddress, tryParseIpRange } from '#base/ip-range.ts'
import type { Place } from '#operation/operation.ts'
import type { Admission, Arrival } from '#operation/place-rules.ts'
import { describeCaller } from '../dialect.ts'
import type { VaultSettings } from '../vault-record.ts'

/** What of a vault's settings says which connections it admits. */
export type NetworkSettings = Pick<
  VaultSettings,
  'publicNetworkAccess' | 'networkDefaultAction' | 'networkBypass' | 'ipRules' | 'privateEndpointConnections'
>

const publicly: Admission = { outcome: 'admitted', as: 'public' }
const privately: Admission = { outcome: 'admitted', as: 'private-endpoint' }
const byTrust: Admission = { outcome: 'admitted', as: 'trusted-service' }

const rememberedAddresses = 1024

/**
 * Which connections a vault admits. In this order: one through a private endpoint is admitted if the vault has approved that
 * endpoint, and in no other case; with public access disabled nobody else is; with the default action Deny only the listed
 * addresses are. Past the last two, `bypass: AzureServices` lets this program's own runtime through. Subnet rules
 * admit nobody: no connection here comes from a virtual network.
 *
 * `admit` throws nothing and does no I/O. Source: contracts/resource-manager-and-container-apps.md §8.
 */
export class NetworkRules {
  readonly #place: Place
  readonly #settings: NetworkSettings
  readonly #isOpen: boolean
  readonly #ranges: readonly IpRange[]
  readonly #approved: ReadonlySet<string>
  readonly #verdicts = new Map<string, boolean>()

  constructor(settings: NetworkSettings, place: Place) {
    this.#place = place
    this.#settings = settings
    this.#isOpen = settings.publicNetworkAccess === 'Enabled' && settings.networkDefaultAction === 'Allow'
    // A rule that cannot be read admits nobody.
    this.#ranges = settings.ipRules.flatMap((rule) => tryParseIpRange(rule) ?? [])
    const approved = settings.privateEndpointConnections.filter(({ status }) => status === 'Approved')
    this.#approved = new Set(approved.map(({ name }) => name.toLowerCase()))
  }

  admit(arrival: Arrival): Admission {
    const { privateEndpoint, clientAddress } = arrival.facts
    if (privateEndpoint !== undefined) {
      return this.#approved.has(privateEndpoint.toLowerCase()) ? privately : this.#refuseEndpoint(arrival)
    }
    if (this.#isOpen) return publicly
    const { publicNetworkAccess, networkBypass } = this.#settings
    if (publicNetworkAccess === 'Enabled' && this.#lists(clientAddress)) return publicly
    if (networkBypass === 'AzureServices' && arrival.trustedService !== undefined) return byTrust
    return publicNetworkAccess === 'Enabled' ? this.#refuseAddress(arrival) : this.#refusePublic(arrival)
  }

  #lists(clientAddress: string): boolean {
    const known = this.#verdicts.get(clientAddress)
    if (known !== undefined) return known
    const address = tryParseIpAddress(clientAddress)
    const verdict = address !== undefined && this.#ranges.some((range) => range.covers(address))
    if (this.#verdicts.size >= rememberedAddresses) this.#verdicts.clear()
    this.#verdicts.set(clientAddress, verdict)
    return verdict
  }

  #refuseAddress({ caller, facts }: Arrival): Admission {
    return refusedByFirewall([
      'Client address is not authorized and caller is not a trusted service.',
      `Client address: ${facts.clientAddress}`,
      describeCaller(caller),
      this.#vaultLine,
    ])
  }

  #refusePublic({ caller }: Arrival): Admission {
    return refusedByConnection([
      this.#settings.networkBypass === 'AzureServices'
        ? 'Public network access is disabled and request is not from a trusted service nor via an approved private link.'
        : "Connection is not an approved private link and caller was ignored because bypass is not set to 'AzureServices' and PublicNetworkAccess is set to 'Disabled'.",
      describeCaller(caller),
      this.#vaultLine,
    ])
  }

  /** The endpoint leads to other vaults only, if to any. */
  #refuseEndpoint({ origin }: Arrival): Admission {
    return refusedByConnection([`This TCP connection does not allow access to ${new URL(origin).host}.`])
  }

  get #vaultLine(): string {
    return `Vault: ${this.#place.name};location=${this.#place.location}`
  }
}

function refusedByFirewall(lines: readonly string[]): Admission {
  const message = lines.join('\r\n')
  const error = new ServiceError('forbidden', 'Forbidden', message, { innerCode: 'ForbiddenByFirewall' })
  return { outcome: 'refused', error }
}

function refusedByConnection(lines: readonly string[]): Admission {
  const message = lines.join('\r\n')
  const error = new ServiceError('forbidden', 'Forbidden', message, { innerCode: 'ForbiddenByConnection' })
  return { outcome: 'refused', error }
}
