/** Limits on the request target, in characters as sent. */
const maximumPathLength = 4096
const maximumSegments = 64
const maximumQueryLength = 8192

/** A request target that passed the checks made before authentication. */
export interface RawTarget {
  /** Path segments, percent-decoded once. Empty segments are kept: the route decides what they mean. */
  readonly segments: readonly string[]
  /** What follows the `?`, as sent; '' when there is none. */
  readonly query: string
}

export type TargetFault = 'malformed-path' | 'malformed-query'

/** Everything a path may hold without a closer look: no escapes, no backslash, no control or non-ASCII characters. */
const plainPath = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/
const pathFault = /[^!-~]|[\\#]|%(?![0-9a-fA-F]{2})|%2f|%5c/i
const queryFault = /[^!-~]|#|%[01][0-9a-f]|%7f/i
const decodedFault = /[\p{Cc}\u2028\u2029/\\]/u

/**
 * Checks a request target (origin form, as it stood in the request line) and splits it. A URL parser would resolve dot
 * segments and hide them, so this looks at the raw text. The query is judged for control characters and length only.
 * Never throws.
 */
export function parseTarget(target: string): RawTarget | TargetFault {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  if (path.length > maximumPathLength) return 'malformed-path'
  const segments = splitPath(path)
  if (segments === undefined) return 'malformed-path'
  const query = mark === -1 ? '' : target.slice(mark + 1)
  if (query.length > maximumQueryLength || queryFault.test(query)) return 'malformed-query'
  return { segments, query }
}

function splitPath(path: string): readonly string[] | undefined {
  const plain = plainPath.test(path)
  if (!plain && (path.charCodeAt(0) !== 0x2f || pathFault.test(path))) return undefined
  const segments = path.slice(1).split('/')
  if (segments.length > maximumSegments) return undefined
  for (let at = 0; at < segments.length; at++) {
    const segment = plain ? segments[at] : decodeSegment(segments[at] ?? '')
    if (segment === undefined || segment === '.' || segment === '..') return undefined
    segments[at] = segment
  }
  return segments
}

function decodeSegment(segment: string): string | undefined {
  const decoded = decode(segment)
  return decoded === undefined || decodedFault.test(decoded) ? undefined : decoded
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const noQuery: ReadonlyMap<string, string> = new Map()

/**
 * The parameters of a raw query: names percent-decoded and in lower case, values percent-decoded with `+` as space.
 * Undefined when an escape is broken, `api-version` is repeated, or any name is repeated with another value: which of two
 * was meant must not be guessed.
 */
export function parseQuery(query: string): ReadonlyMap<string, string> | undefined {
  if (query === '') return noQuery
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals === -1 ? pair : pair.slice(0, equals))?.toLowerCase()
    const value = equals === -1 ? '' : decodeFormText(pair.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    const earlier = parameters.get(name)
    if (earlier !== undefined && (name === 'api-version' || earlier !== value)) return undefined
    parameters.set(name, value)
  }
  return parameters
}

function decodeFormText(text: string): string | undefined {
  return decode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

/** A request target in absolute form, split. */
export interface AbsoluteTarget {
  readonly scheme: 'http' | 'https'
  /** `host[:port]` as sent; no user information. */
  readonly authority: string
  /** The origin form: path and query, at least `/`. */
  readonly target: string
}

const absoluteForm = /^(https?):\/\/([^/?#@\\]+)([/?].*)?$/i

/** Splits an absolute-form target (only a proxy receives one), or undefined when it is not one that may be served. */
export function splitAbsoluteForm(target: string): AbsoluteTarget | undefined {
  const match = absoluteForm.exec(target)
  if (match === null) return undefined
  const [, scheme = '', authority = '', rest = '/'] = match
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
    target: rest.startsWith('?') ? `/${rest}` : rest,
  }
}
