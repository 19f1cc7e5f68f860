import { isDeepStrictEqual } from 'node:util'
import { type IpAddress, type IpRange, tryParseIpAddress, tryParseIpRange } from '#base/ip-range.ts'
import type { ServerClient } from './client/server-client.ts'
import type { CommandArguments, CommandContext, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { type JsonRecord, jsonOption, memberAt, recordAt } from './json-object.ts'
import { noWaitOption } from './named-options.ts'
import { readVault, vaultOptions, writeVault } from './vault-command.ts'
import { vaultShape } from './views/resource-shapes.ts'
import { showAs } from './views/shape.ts'

/** Options by which a new vault gets network rules. */
export const networkAclsOptions: readonly CommandOption[] = [
  { name: '--network-acls', summary: 'Network rules as JSON, or a file of it: {"ip":[...],"vnet":[...]}.' },
  { name: '--network-acls-ips', takes: 'any-list', summary: 'Addresses and ranges that may reach the vault.' },
  { name: '--network-acls-vnets', takes: 'any-list', summary: 'Ids of subnets, or VNET/SUBNET.' },
]

/** Options of `keyvault network-rule add` and `remove`. */
export const networkRuleOptions: readonly CommandOption[] = [
  ...vaultOptions,
  { name: '--ip-address', takes: 'any-list', summary: 'Addresses and ranges (IPv4 or IPv6, CIDR).' },
  { name: '--subnet', summary: 'Id of a subnet, or its name with --vnet-name.' },
  { name: '--vnet-name', summary: 'Name of the virtual network of --subnet.' },
  noWaitOption,
]

/** The network rules of a new vault. */
export function createNetworkAcls(server: ServerClient, given: CommandArguments): JsonRecord {
  const bypass = given.text('bypass')
  const defaultAction = given.text('default-action')
  const rules =
    bypass === undefined && defaultAction === undefined
      ? { bypass: 'AzureServices', defaultAction: 'Allow' }
      : { ...(bypass === undefined ? {} : { bypass }), ...(defaultAction === undefined ? {} : { defaultAction }) }
  const json = given.text('network-acls')
  const named = json === undefined ? {} : jsonOption(json, 'network-acls')
  const addresses = [...wordsAt(named, 'ip'), ...(given.list('network-acls-ips') ?? [])]
  const subnets = [...wordsAt(named, 'vnet'), ...(given.list('network-acls-vnets') ?? [])]
  return {
    ...rules,
    ...(addresses.length === 0 ? {} : { ipRules: addresses.map((value) => ({ value })) }),
    ...(subnets.length === 0
      ? {}
      : {
          virtualNetworkRules: subnets.map((subnet) => {
            const [network, name, more] = subnet.split('/')
            return {
              id: name === undefined || more !== undefined ? subnet : subnetId(server, given, network ?? '', name),
            }
          }),
        }),
  }
}

export interface NetworkRuleChange {
  readonly addresses: readonly string[]
  readonly subnet: string | undefined
}

/** Reads a vault's network rules, changes them and writes the vault back; one that is not changed is shown as it is. */
export async function changeNetworkAcls(
  context: CommandContext,
  change: (acls: JsonRecord, by: NetworkRuleChange) => JsonRecord,
): Promise<unknown> {
  const given = context.arguments
  const addresses = given.list('ip-address') ?? []
  refuseOverlaps(addresses)
  const server = await context.server()
  const subnet = subnetOption(server, given)
  if (addresses.length === 0 && subnet === undefined) context.warn('No subnet or ip address supplied.')
  const { path, vault } = await readVault(server, given)
  const properties = recordAt(vault, 'properties')
  const former =
    properties['networkAcls'] === undefined
      ? { bypass: 'AzureServices', defaultAction: 'Allow' }
      : recordAt(properties, 'networkAcls')
  const networkAcls = change(former, { addresses, subnet })
  if (isDeepStrictEqual(withLists(networkAcls), withLists(former))) return showAs(vaultShape, vault)
  return writeVault(server, given, { path, vault: { ...vault, properties: { ...properties, networkAcls } } })
}

/** The first of `others` that overlaps an address or range. */
export function overlapOf(value: string, others: readonly string[]): string | undefined {
  const { range, address } = rangeOf(value)
  return others.find((other) => {
    const found = rangeOf(other)
    // Of two ranges that overlap, the wider one covers the other whole.
    return range.covers(found.address) || found.range.covers(address)
  })
}

/** Whether two texts mean the same range. */
export function isSameRange(one: string, other: string): boolean {
  return overlapOf(one, [other]) !== undefined && rangeOf(one).bits === rangeOf(other).bits
}

function withLists(acls: JsonRecord): JsonRecord {
  return { ipRules: [], virtualNetworkRules: [], ...acls }
}

function refuseOverlaps(addresses: readonly string[]): void {
  for (const [at, address] of addresses.entries()) {
    const other = overlapOf(address, addresses.slice(at + 1))
    if (other !== undefined) throw new CommandError(`ip addresses ${address} and ${other} provided are overlapping`, 1)
  }
}

function rangeOf(text: string): { readonly range: IpRange; readonly address: IpAddress; readonly bits: number } {
  const range = tryParseIpRange(text)
  const [written = '', bits] = text.split('/')
  const address = tryParseIpAddress(written)
  if (range === undefined || address === undefined)
    throw new CommandError(`'${text}' does not appear to be an IPv4 or IPv6 network`, 1)
  return { range, address, bits: bits === undefined ? (address.kind() === 'ipv4' ? 32 : 128) : Number(bits) }
}

function subnetOption(server: ServerClient, given: CommandArguments): string | undefined {
  const subnet = given.text('subnet')
  const network = given.text('vnet-name')
  if (subnet === undefined && network === undefined) return undefined
  if (subnet?.startsWith('/') === true && network === undefined) return subnet
  if (subnet === undefined || network === undefined || subnet.startsWith('/'))
    throw new CommandError('incorrect usage: [--subnet ID | --subnet NAME --vnet-name NAME]', 1)
  return subnetId(server, given, network, subnet)
}

function subnetId(server: ServerClient, given: CommandArguments, network: string, name: string): string {
  const group = given.required('resource-group')
  return `/subscriptions/${server.server.subscriptionId}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/${network}/subnets/${name}`
}

function wordsAt(record: JsonRecord, name: string): readonly string[] {
  const found = memberAt(record, name)
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : []
}
