import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { rankApiVersion } from '#http/api-version.ts'
import { parseAuthority } from '#http/hosts.ts'
import { parseQuery, parseTarget, splitAbsoluteForm } from '#http/raw-target.ts'
import { RouteTable } from '#http/routes.ts'
import { isExempt, parseProxyUrl } from '#http/upstream.ts'
import type { Operation } from '#operation/operation.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const runs = process.env['SLOW'] === '1' ? 200_000 : 5000
const options = { seed, numRuns: runs }

/** Pieces that request targets go wrong with. */
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
    '%',
    '%25',
    '%00',
    '?',
    '#',
    ';',
    '&',
    '=',
    '+',
    '@',
  ),
  fc.constantFrom(
    'secrets',
    'a',
    'api-version',
    '%C3%A9',
    '%c0%ae',
    '%ff',
    'é',
    ' ',
    '\u0000',
    'http://',
    ':',
    '[',
    ']',
  ),
  fc.string({ maxLength: 8 }),
)
const target = fc.oneof(
  fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 24 }).map((pieces) => `/${pieces.join('')}`),
)

const route = (method: 'GET' | 'POST', path: string): Operation => ({
  id: path,
  method,
  path,
  since: '',
  access: 'read',
  open: 'public',
  parse: () => undefined,
  handle: async () => undefined,
  respond: () => ({ status: 200 }),
})
const table = new RouteTable(
  [
    route('GET', '/secrets/{name}/{version?}'),
    route('GET', '/secrets/{name}/versions'),
    route('POST', '/keys/{name}/{version?}/sign'),
    route('GET', '/{scope...}/providers/{namespace}/things/{thing?}'),
  ],
  'none',
)

describe(`request targets (FUZZ_SEED=${seed})`, () => {
  test('are never split into dot segments, separators or control characters, and never throw', () => {
    fc.assert(
      fc.property(target, (text) => {
        const parsed = parseTarget(text)
        if (typeof parsed === 'string') return
        for (const segment of parsed.segments) {
          assert.notEqual(segment, '.')
          assert.notEqual(segment, '..')
          assert.doesNotMatch(segment, /[/\\\p{Cc}\u2028\u2029]/u)
        }
        parseQuery(parsed.query)
        const found = table.find('GET', parsed.segments)
        if (found.kind === 'found') for (const value of Object.values(found.path)) assert.equal(typeof value, 'string')
      }),
      options,
    )
  })

  test('mean the same once encoded again', () => {
    fc.assert(
      fc.property(target, (text) => {
        const parsed = parseTarget(text)
        if (typeof parsed === 'string') return
        const again = parseTarget(`/${parsed.segments.map(encodeURIComponent).join('/')}`)
        if (again !== 'malformed-path') assert.deepEqual(again, { segments: parsed.segments, query: '' })
        else assert.ok(parsed.segments.map(encodeURIComponent).join('/').length >= 4096)
      }),
      options,
    )
  })

  test('in absolute form never hide another authority', () => {
    fc.assert(
      fc.property(target, (text) => {
        const split = splitAbsoluteForm(text)
        if (split === undefined) return
        assert.doesNotMatch(split.authority, /[@/\\?#]/)
        assert.ok(split.target.startsWith('/'))
      }),
      options,
    )
  })

  test('name the same query however their names are encoded', () => {
    const name = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' })
    fc.assert(
      fc.property(fc.uniqueArray(name, { selector: (text) => text.toLowerCase() }), (names) => {
        const encoded = names.map((text) => `${encodeURIComponent(text)}=${encodeURIComponent(text)}`).join('&')
        const parsed = parseQuery(encoded)
        assert.deepEqual(
          [...(parsed ?? [])],
          names.map((text) => [text.toLowerCase(), text]),
        )
      }),
      options,
    )
  })
})

describe(`names (FUZZ_SEED=${seed})`, () => {
  test('never make a parser throw', () => {
    fc.assert(
      fc.property(target, target, (one, other) => {
        const authority = parseAuthority(one)
        if (authority !== undefined) assert.doesNotMatch(authority.hostname, /[A-Z@/\\\s]/)
        rankApiVersion(one)
        parseProxyUrl(one)
        isExempt(one, other, 443)
      }),
      options,
    )
  })
})
