import { z } from 'zod'
import { boundedList } from '#base/bounded-list.ts'
import { tryParseGuid } from '#base/ids.ts'
import { tryParseIpRange } from '#base/ip-range.ts'
import { invalidContent } from '../../body.ts'
import type { VaultSettings } from '../../vault-resources.ts'
import { badRequest } from './bad-request.ts'

const maximumIpRules = 1000
const maximumVirtualNetworkRules = 200

/** `networkAcls` of a vault's properties. Too many rules are `malformed` `BadRequest` before any is looked at. */
export const networkAclsShape = z.object({
  bypass: z.string().optional(),
  defaultAction: z.string().optional(),
  ipRules: boundedList(z.object({ value: z.string() }), maximumIpRules, {
    refuse: () => badRequest(`A vault has at most ${maximumIpRules} IP rules.`, 'properties.networkAcls.ipRules'),
  }).optional(),
  virtualNetworkRules: boundedList(
    z.object({ id: z.string(), ignoreMissingVnetServiceEndpoint: z.boolean().optional() }),
    maximumVirtualNetworkRules,
    {
      refuse: () =>
        badRequest(
          `A vault has at most ${maximumVirtualNetworkRules} virtual network rules.`,
          'properties.networkAcls.virtualNetworkRules',
        ),
    },
  ).optional(),
})

type NetworkAcls = z.infer<typeof networkAclsShape>
type Setting = 'networkBypass' | 'networkDefaultAction' | 'ipRules' | 'virtualNetworkRules' | 'publicNetworkAccess'

/**
 * The network rules that a body asks for; undefined stays as it is. The lists of `networkAcls` are one value: with
 * `networkAcls` given, a list that is left out is empty, so that no address stays let in that the body does not name.
 * Throws `malformed` `BadRequest` or `InvalidRequestContent`, naming the member.
 * Source: contracts/resource-manager-and-container-apps.md §3, §8.
 */
export function parseNetworkSettings(
  acls: NetworkAcls | undefined,
  publicNetworkAccess: string | undefined,
): { readonly [Name in Setting]: VaultSettings[Name] | undefined } {
  const member = 'properties.networkAcls'
  return {
    networkBypass: parseWord(acls?.bypass, ['AzureServices', 'None'], `${member}.bypass`),
    networkDefaultAction: parseWord(acls?.defaultAction, ['Allow', 'Deny'], `${member}.defaultAction`),
    ipRules: acls === undefined ? undefined : parseIpRules(acls.ipRules ?? []),
    virtualNetworkRules: acls === undefined ? undefined : parseVirtualNetworkRules(acls.virtualNetworkRules ?? []),
    publicNetworkAccess: parseWord(publicNetworkAccess, ['Enabled', 'Disabled'], 'properties.publicNetworkAccess'),
  }
}

function parseWord<const Word extends string>(
  text: string | undefined,
  words: readonly [Word, Word],
  member: string,
): Word | undefined {
  if (text === undefined) return undefined
  const known = words.find((word) => word.toLowerCase() === text.toLowerCase())
  if (known === undefined) throw invalidContent(`'${member}' must be '${words[0]}' or '${words[1]}'.`, member)
  return known
}

function parseIpRules(rules: NonNullable<NetworkAcls['ipRules']>): readonly string[] {
  const member = 'properties.networkAcls.ipRules'
  const values = rules.map(({ value }, at) => {
    if (tryParseIpRange(value) === undefined) {
      throw badRequest(
        `An invalid value was provided for '${member}.${at}.value': it must be an IPv4 or IPv6 address, or a range of them in CIDR notation.`,
        `${member}.${at}.value`,
      )
    }
    return value
  })
  return [...new Set(values)]
}

function parseVirtualNetworkRules(
  rules: NonNullable<NetworkAcls['virtualNetworkRules']>,
): VaultSettings['virtualNetworkRules'] {
  const member = 'properties.networkAcls.virtualNetworkRules'
  return rules.map(({ id, ignoreMissingVnetServiceEndpoint = false }, at) => {
    if (!isSubnetId(id)) {
      throw badRequest(
        `An invalid value was provided for '${member}.${at}.id': it must be the resource id of a subnet.`,
        `${member}.${at}.id`,
      )
    }
    return { id, ignoreMissingVnetServiceEndpoint }
  })
}

const subnetPattern =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/[\w.()-]{1,90}\/providers\/Microsoft\.Network\/virtualNetworks\/[\w.-]{1,80}\/subnets\/[\w.-]{1,80}$/i

function isSubnetId(text: string): boolean {
  const match = subnetPattern.exec(text)
  return match !== null && tryParseGuid(match[1]) !== undefined
}
