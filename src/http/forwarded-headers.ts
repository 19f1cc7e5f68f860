/** Headers that speak of one connection only, and the proxy's own. Source: RFC 9110 §7.6.1. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The headers of a message that may go on, as name and value in turn, in the order and letter case received. Leaves out
 * what belongs to one connection, whatever `Connection` names, and `alsoWithout` (in lower case).
 */
export function forwardedHeaders(rawHeaders: readonly string[], alsoWithout: readonly string[] = []): string[] {
  const left = new Set<string>(alsoWithout)
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'connection') continue
    for (const name of (rawHeaders[at + 1] ?? '').split(',')) left.add(name.trim().toLowerCase())
  }
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const folded = name.toLowerCase()
    if (!hopByHop.has(folded) && !left.has(folded)) kept.push(name, rawHeaders[at + 1] ?? '')
  }
  return kept
}
