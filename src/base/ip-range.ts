import ipaddr from 'ipaddr.js'

/** An address as it is compared. An IPv4 address written in IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** An address, or all addresses that begin alike (CIDR). */
export interface IpRange {
  /** IPv4 ranges hold IPv4 addresses alone, and IPv6 ranges IPv6 addresses. */
  covers(address: IpAddress): boolean
}

/** The address in `text`, its zone left aside, or undefined. No octal, hexadecimal or shortened IPv4 forms. */
export function tryParseIpAddress(text: string): IpAddress | undefined {
  const zone = text.indexOf('%')
  const parsed = parseWritten(zone === -1 ? text : text.slice(0, zone))
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

/**
 * The range in `text`: an address, or `address/bits`, of IPv4 or IPv6, private ones included; undefined for anything else.
 * Bits after the prefix mean nothing. Source: RFC 4632 §3.1, RFC 4291 §2.3.
 */
export function tryParseIpRange(text: string): IpRange | undefined {
  const [written = '', prefix, ...more] = text.split('/')
  const address = parseWritten(written)
  if (address === undefined || more.length > 0) return undefined
  const width = address instanceof ipaddr.IPv4 ? 32 : 128
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined
  const bits = prefix === undefined ? width : Number(prefix)
  if (bits > width) return undefined
  if (!(address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())) return rangeOf(address, bits)
  // Shorter than the mark of IPv4, it would cover no address as addresses are compared.
  return bits < mappedPrefixBits ? undefined : rangeOf(address.toIPv4Address(), bits - mappedPrefixBits)
}

/** What stands before the IPv4 address in a mapped one. Source: RFC 4291 §2.5.5.2. */
const mappedPrefixBits = 96

function rangeOf(network: IpAddress, bits: number): IpRange {
  return { covers: (address) => address.kind() === network.kind() && address.match(network, bits) }
}

/** The library takes `010.1` and `0x7f.1` for addresses too, each reader in a way of its own. */
function parseWritten(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const dotted = text.includes('.') ? text.slice(text.lastIndexOf(':') + 1) : undefined
  if (dotted !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(dotted)) return undefined
  return /^[0-9a-f:.]{2,45}$/i.test(text) && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined
}
