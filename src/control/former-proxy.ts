import type { Guid } from '#base/ids.ts'
import type { StartSessionBody } from './wire.ts'

/** The proxy settings a session's caller had before ours took their place. */
export interface FormerProxy {
  readonly httpProxy: string | undefined
  readonly httpsProxy: string | undefined
  readonly noProxy: string
}

/** Where a proxy URL that names our own proxy leads: the session whose credentials it carries. */
export interface OuterSessions {
  readonly proxyPort: number
  findByProxyCredentials(user: string, password: string): { readonly id: Guid } | undefined
  formerProxyOf(session: Guid): FormerProxy | undefined
}

/**
 * The settings to pass other hosts on by. A former proxy that is ours (`run` inside `shell`) is replaced by what the outer
 * session had, so that nothing goes through this proxy twice.
 */
export function resolveFormerProxy(given: StartSessionBody['formerProxy'], outer: OuterSessions): FormerProxy {
  const http = trace(given.httpProxy, outer)
  const https = trace(given.httpsProxy, outer)
  return {
    httpProxy: http.ours ? http.former?.httpProxy : given.httpProxy,
    httpsProxy: https.ours ? https.former?.httpsProxy : given.httpsProxy,
    noProxy: (http.ours || https.ours ? (http.former ?? https.former)?.noProxy : given.noProxy) ?? '',
  }
}

interface Trace {
  readonly ours: boolean
  readonly former?: FormerProxy | undefined
}

function trace(text: string | undefined, outer: OuterSessions): Trace {
  const url = text === undefined ? null : URL.parse(text.includes('://') ? text : `http://${text}`)
  if (
    url === null ||
    Number(url.port) !== outer.proxyPort ||
    !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  ) {
    return { ours: false }
  }
  const session = outer.findByProxyCredentials(url.username, url.password)
  return { ours: true, former: session && outer.formerProxyOf(session.id) }
}
