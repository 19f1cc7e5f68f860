import { ServiceError } from '#base/errors.ts'

/**
 * An Azure scope as segments, split once at the edge and never rebuilt per request. `segments` are in lower case (scopes
 * compare case-insensitively); `path` is the canonical text `/subscriptions/…`, `/` for the tenant root.
 */
export interface Scope {
  readonly segments: readonly string[]
  readonly path: string
}

/** The tenant root, above all subscriptions. */
export const rootScope: Scope = { segments: [], path: '/' }

/** What the path of a request can hold: no scope that is longer can be asked for. */
const maximumScopeLength = 4096
const maximumSegments = 64

/**
 * The scope in `text`. A leading slash is optional, a trailing one is dropped. Throws `malformed` `InvalidScope` for empty
 * or dot segments, control characters and percent signs: what was authorised must be what is acted on. Also for more than
 * 4,096 characters or 64 segments, of which each is walked over with every decision.
 */
export function parseScope(text: string): Scope {
  if (text.length > maximumScopeLength) throw invalidScope('The scope is too long.')
  const trimmed = trimSlashes(text)
  if (trimmed === '') return rootScope
  const segments = trimmed.toLowerCase().split('/')
  if (segments.length > maximumSegments) throw invalidScope('The scope has too many segments.')
  for (const segment of segments) {
    if (!scopeSegmentPattern.test(segment) || segment === '.' || segment === '..') {
      throw invalidScope('The scope has a segment that is empty or holds characters that are not allowed.')
    }
  }
  return { segments, path: `/${segments.join('/')}` }
}

/** `text` without the slashes at its ends, in one pass: a pattern for those at the end would look at inner ones again and again. */
export function trimSlashes(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '/') start++
  while (end > start && text[end - 1] === '/') end--
  return text.slice(start, end)
}

function invalidScope(message: string): ServiceError {
  return new ServiceError('malformed', 'InvalidScope', message, { target: 'scope' })
}

const scopeSegmentPattern = /^[\p{L}\p{N}._()\- ]+$/u

/** `parent` followed by `segments`, each of which a parser has already accepted. */
export function childScope(parent: Scope, ...segments: readonly string[]): Scope {
  const all = [...parent.segments, ...segments.map((segment) => segment.toLowerCase())]
  return { segments: all, path: `/${all.join('/')}` }
}

/** Whether `outer` is `inner` or above it, at a segment border (`kv1` does not cover `kv10`). */
export function coversScope(outer: Scope, inner: Scope): boolean {
  if (outer.segments.length > inner.segments.length) return false
  for (let at = 0; at < outer.segments.length; at++) if (outer.segments[at] !== inner.segments[at]) return false
  return true
}
