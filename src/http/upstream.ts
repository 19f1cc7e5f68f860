import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** The proxy settings that a session's caller had before ours took their place. */
export interface UpstreamSettings {
  /** `http://[user:password@]host[:port]`, from its HTTP_PROXY; undefined when it had none. */
  readonly httpProxy: string | undefined
  /** From its HTTPS_PROXY. */
  readonly httpsProxy: string | undefined
  /** From its NO_PROXY. */
  readonly noProxy: string
}

/** A proxy to pass requests on to. */
export interface UpstreamProxy {
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  /** The value of Proxy-Authorization, when the URL had credentials. */
  readonly authorization: string | undefined
}

/** The proxy in an environment variable's text; a bare `host:port` means http. Undefined when it is no HTTP proxy. */
export function parseProxyUrl(text: string): UpstreamProxy | undefined {
  let url: URL
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  } catch {
    return undefined
  }
  const secure = url.protocol === 'https:'
  if ((!secure && url.protocol !== 'http:') || url.hostname === '') return undefined
  return {
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authorization: url.username === '' ? undefined : `Basic ${basicCredentials(url)}`,
  }
}

function basicCredentials(url: URL): string {
  return Buffer.from(`${decodePart(url.username)}:${decodePart(url.password)}`).toString('base64')
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Whether a NO_PROXY text exempts this host and port: `*`, exact names, domains with or without a leading dot, addresses
 * and address ranges (`10.0.0.0/8`), each with an optional port.
 */
export function isExempt(noProxy: string, host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && entryMatches(entry, name, port))
}

function entryMatches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return rangeCovers(entry, host)
  const match = /^(\[[^\]]+\]|[^:]+|[0-9a-f]*:[0-9a-f:.]+)(?::(\d+))?$/.exec(entry)
  const pattern = match?.[1]?.replace(/^\[|\]$/g, '').replace(/^\*?\./, '') ?? entry
  if (match?.[2] !== undefined && Number(match[2]) !== port) return false
  return host === pattern || (isIP(host) === 0 && host.endsWith(`.${pattern}`))
}

function rangeCovers(entry: string, host: string): boolean {
  const family = isIPv4(host) ? 'ipv4' : isIPv6(host) ? 'ipv6' : undefined
  const [network = '', length = ''] = entry.split('/')
  if (family === undefined || !/^\d{1,3}$/.test(length)) return false
  try {
    const range = new BlockList()
    range.addSubnet(network, Number(length), family)
    return range.check(host, family)
  } catch {
    return false
  }
}
