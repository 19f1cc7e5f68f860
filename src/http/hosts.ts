import type { Place, Surface } from '#operation/operation.ts'

/** Which hosts a surface answers, given by app. The first rule whose `resolve` knows the host decides. */
export interface HostRule {
  readonly surface: Surface
  /**
   * What a host name stands for, or undefined when this surface does not answer it. `hostname` is in lower case and has
   * no port. Asked for every request, so it answers from memory where it can.
   */
  resolve(hostname: string): Place | undefined | Promise<Place | undefined>
}

/** A Host header or proxy authority, split. */
export interface Authority {
  /** As sent: letter case and port kept, for the challenge and for ids in answers. */
  readonly text: string
  /** In lower case, without port; an IPv6 address keeps its brackets. */
  readonly hostname: string
  readonly port: number | undefined
}

const authorityPattern =
  /^((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/i

/** Splits `host[:port]`. Undefined for user information, empty or overlong labels, bad ports and anything else. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length > 261) return undefined
  const match = authorityPattern.exec(text)
  if (match === null) return undefined
  const port = match[2] === undefined ? undefined : Number(match[2])
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined
  return { text, hostname: (match[1] ?? '').toLowerCase(), port }
}

/** Whether an address or host name is the machine itself: `localhost`, 127.0.0.0/8, `::1`, with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  const mapped = name.startsWith('::ffff:') ? name.slice(7) : name
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(mapped)
}
