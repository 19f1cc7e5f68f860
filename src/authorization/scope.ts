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

/**
 * The scope in `text`. A leading slash is optional, a trailing one is dropped. Throws `malformed` `InvalidScope` for empty
 * or dot segments, control characters and percent signs: what was authorised must be what is acted on.
 */
export function parseScope(text: string): Scope {
  const trimmed = text.replace(/^\/+/, '').replace(/\/+$/, '')
  if (trimmed === '') return rootScope
  const segments = trimmed.toLowerCase().split('/')
  for (const segment of segments) {
    if (!scopeSegmentPattern.test(segment) || segment === '.' || segment === '..') {
      throw new ServiceError(
        'malformed',
        'InvalidScope',
        'The scope has a segment that is empty or holds characters that are not allowed.',
        { target: 'scope' },
      )
    }
  }
  return { segments, path: `/${segments.join('/')}` }
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
