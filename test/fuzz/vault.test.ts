import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, tryParseSecretName } from '#base/ids.ts'
import { parseObjectAddress, parsePageRequest, parseSecretAddress } from '#vault/names.ts'
import { openPageToken, sealPageToken } from '#vault/page-token.ts'
import { parseNewSecretVersion, parseSecretChanges } from '#vault/secrets/secret-body.ts'
import { requireAtSecret } from '#vault/secrets/secret-requirements.ts'
import { recoveryOf, renderSecretBundle } from '#vault/wire.ts'
import { memorySealer, samplePlace, vaultRequest } from '../support/vault-fixtures.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const runs = { seed, numRuns: process.env['SLOW'] === '1' ? 20_000 : 500 }
const wellFormed = fc.string({ unit: 'binary', maxLength: 2000 })
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units))

/** Whether `work` ends well or in a refusal that repeats nothing of `secret`. */
function endsCleanly(work: () => unknown, secret?: string): void {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error))
    assert.deepEqual([error.kind, error.code], ['malformed', 'BadParameter'])
    if (secret !== undefined) assert.equal(JSON.stringify([error.message, error.target]).includes(secret), false)
  }
}

describe(`the vault's edges (seed ${seed})`, () => {
  test('every well-formed value comes back as it was sent', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const given = parseNewSecretVersion(Buffer.from(JSON.stringify({ value })))
        const valueJson = JSON.stringify(given.value.reveal().toString('utf8'))
        const properties = {
          name: 'a',
          version: '0'.repeat(32),
          contentType: value.slice(0, 255).toWellFormed(),
          enabled: true,
          notBeforeSeconds: undefined,
          expiresSeconds: undefined,
          createdSeconds: 0,
          updatedSeconds: 0,
          tagsJson: JSON.stringify({ [value]: value }),
          previousVersion: undefined,
        }
        const view = { origin: 'https://x', apiVersion: '7.4', recovery: recoveryOf(90, false) }
        const body = JSON.parse(renderSecretBundle(valueJson, properties, view)) as {
          value: string
          contentType: string
        }
        assert.equal(body.value, value)
        assert.equal(body.contentType, properties.contentType)
      }),
      runs,
    )
  })

  test('a body of any shape is taken or refused, and what it holds is not repeated', () => {
    const secret = 'canary-4e2b'
    const leaf = fc.oneof(fc.constant(secret), fc.jsonValue(), anyText)
    const member = fc.constantFrom('value', 'tags', 'attributes', 'contentType', 'x', '__proto__')
    const body = fc.oneof(
      leaf,
      fc.dictionary(member, fc.oneof(leaf, fc.dictionary(fc.constantFrom('enabled', 'nbf', 'exp', secret), leaf))),
    )
    fc.assert(
      fc.property(body, (shape) => {
        const bytes = Buffer.from(JSON.stringify(shape))
        endsCleanly(() => parseNewSecretVersion(bytes), secret)
        endsCleanly(() => parseSecretChanges(bytes), secret)
      }),
      runs,
    )
  })

  test('any bytes at all are taken or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        endsCleanly(() => parseNewSecretVersion(Buffer.from(bytes)))
      }),
      runs,
    )
  })

  test('what is authorised for a name is what is authorised for its canonical form', () => {
    const required = requireAtSecret('secrets/getSecret/action')
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^[0-9a-zA-Z-]{1,127}$/)), (name) => {
        if (tryParseSecretName(name) === undefined) {
          assert.throws(() => parseObjectAddress(vaultRequest({ path: { name } })), ServiceError)
          return
        }
        const asked = parseObjectAddress(vaultRequest({ path: { name } }))
        const canonical = parseObjectAddress(vaultRequest({ path: { name: canonicalName(name) } }))
        assert.equal(asked.canonical, canonical.canonical)
        const scope = required(samplePlace, asked.canonical)[0].scope
        assert.deepEqual(scope, required({ ...samplePlace }, canonical.canonical)[0].scope)
        assert.equal(scope.segments.at(-1), asked.canonical)
        assert.equal(scope.segments.length, samplePlace.scope.segments.length + 2)
      }),
      runs,
    )
  })

  test('any version and any query are taken or refused', () => {
    fc.assert(
      fc.property(anyText, anyText, (version, size) => {
        endsCleanly(() => parseSecretAddress(vaultRequest({ path: { name: 'a', version } })))
        endsCleanly(() => parsePageRequest(new Map([['maxresults', size]])))
      }),
      runs,
    )
  })

  test('only whole page tokens of the same list are taken', () => {
    const sealer = memorySealer('vault/x')
    const list = { tenant: samplePlace.tenant, vault: samplePlace.id, operationId: 'getSecrets', object: '' }
    fc.assert(
      fc.property(
        wellFormed.map((text) => text.slice(0, 127).toWellFormed()),
        anyText,
        fc.nat(),
        (key, other, at) => {
          const token = sealPageToken(sealer, list, key)
          assert.equal(openPageToken(sealer, list, token), key)
          const edited = `${token.slice(0, at % token.length)}${other}${token.slice(at % token.length)}`
          if (edited !== token) assert.throws(() => openPageToken(sealer, list, edited), { code: 'BadParameter' })
        },
      ),
      runs,
    )
  })
})
