import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatResourceId, parseResource, tryParseResourceId } from '#arm/resource-id.ts'
import { coversScope, parseScope } from '#authorization/scope.ts'

const type = 'Microsoft.KeyVault/vaults'
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const parameters = { seed, numRuns: process.env['SLOW'] === '1' ? 20_000 : 1000 }

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_()'
const word = fc.string({ unit: fc.constantFrom(...letters.split('')), minLength: 1, maxLength: 40 })
const address = fc.record({ subscriptionId: fc.uuid(), resourceGroupName: word, name: word })

/** The same text in another spelling: each letter in either case. */
const spelling = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      Array.from(text, (letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
    )

describe(`resource ids (seed ${seed})`, () => {
  test('every spelling of an id is one scope: what is authorised is what is acted on', () => {
    const spelled = address.chain((path) => {
      const id = formatResourceId(parseResource(path, type), type)
      return fc.tuple(fc.constant(path), spelling(id))
    })
    fc.assert(
      fc.property(spelled, ([path, text]) => {
        const canonical = parseResource(path, type).scope
        assert.deepEqual(tryParseResourceId(text, type)?.scope, canonical)
        assert.deepEqual(parseScope(text), canonical)
        assert.deepEqual(parseScope(canonical.path), canonical)
      }),
      parameters,
    )
  })

  test('formatting and parsing are each other’s inverse', () => {
    fc.assert(
      fc.property(address, (path) => {
        const parsed = parseResource(path, type)
        assert.deepEqual(tryParseResourceId(formatResourceId(parsed, type), type), parsed)
      }),
      parameters,
    )
  })

  test('whatever text is accepted has nine clean segments and stands under its own group', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.tuple(address, fc.string({ unit: 'binary', maxLength: 6 }), fc.nat(200)).map(([path, noise, at]) => {
        const id = formatResourceId(parseResource(path, type), type)
        return id.slice(0, at) + noise + id.slice(at)
      }),
    )
    fc.assert(
      fc.property(noise, (text) => {
        const parsed = tryParseResourceId(text, type)
        if (parsed === undefined) return
        assert.match(parsed.scope.path, /^(\/[a-z0-9_.()-]+){8}$/)
        assert.ok(!parsed.scope.segments.includes('..') && !parsed.scope.segments.includes('.'))
        const group = parseScope(`/subscriptions/${parsed.subscription}/resourceGroups/${parsed.resourceGroup}`)
        assert.ok(coversScope(group, parsed.scope))
      }),
      parameters,
    )
  })

  test('a name that another begins with never covers it', () => {
    fc.assert(
      fc.property(address, word, (path, more) => {
        const outer = parseResource(path, type).scope
        const inner = parseResource({ ...path, name: `${path.name}${more}` }, type).scope
        assert.equal(coversScope(outer, inner), false)
      }),
      parameters,
    )
  })
})
