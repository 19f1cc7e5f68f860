import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { createTokenVerifier, type TokenVerifier } from '#authentication/token-verifier.ts'
import { ServiceError } from '#base/errors.ts'
import { generateRsaKeyPair, type KeyPair } from '#crypto/signing.ts'
import { createTokenResources } from '#token/resources.ts'
import { parseTokenRequest } from '#token/token-request.ts'
import {
  createTokenWorld,
  encodePart,
  sampleClaims,
  signToken,
  tokenTenant,
  vaultAudiences,
} from '../support/token-fixtures.ts'

const runs = process.env['SLOW'] === '1' ? 20_000 : 1000
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff)
const expectation = { tenant: tokenTenant, audiences: vaultAudiences }
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n'

describe(`tokens (seed ${seed})`, () => {
  let verifier: TokenVerifier
  let token = ''
  let own: KeyPair

  before(async () => {
    const world = await createTokenWorld()
    verifier = createTokenVerifier(world)
    token = signToken(world.pair)
    own = await generateRsaKeyPair()
    assert.equal((await verifier.verify(token, expectation)).outcome, 'authenticated')
  })

  async function refuses(candidate: string): Promise<void> {
    if (candidate === token) return
    assert.equal((await verifier.verify(candidate, expectation)).outcome, 'refused', candidate)
  }

  test('with any one character replaced never verifies', async () => {
    const edit = fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...alphabet.split('')))
    await fc.assert(
      fc.asyncProperty(edit, ([at, unit]) => refuses(token.slice(0, at) + unit + token.slice(at + 1))),
      { seed, numRuns: runs },
    )
  })

  test('cut, repeated or with anything put in never verifies', async () => {
    const edit = fc.tuple(fc.nat(token.length), fc.nat(token.length), fc.string({ maxLength: 40, unit: 'binary' }))
    await fc.assert(
      fc.asyncProperty(edit, ([from, to, added]) => refuses(token.slice(0, from) + added + token.slice(to))),
      { seed, numRuns: runs },
    )
  })

  test('with any other header over the same payload and signature never verifies', async () => {
    const [, payload = '', signature = ''] = token.split('.')
    const header = fc.record(
      {
        alg: fc.constantFrom('RS256', 'none', 'HS256', 'PS256', 'rs256'),
        typ: fc.constantFrom('JWT', 'jwt', 'at+jwt'),
        kid: fc.constantFrom('key-1', 'key-2', ''),
        jwk: fc.constant(own.publicKey.export({ format: 'jwk' })),
        crit: fc.constant(['exp']),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(header, (changed) => refuses(`${encodePart(changed)}.${payload}.${signature}`)),
      { seed, numRuns: runs },
    )
  })

  test("signed with somebody else's key never verifies, whatever it says", async () => {
    const claims = fc.dictionary(fc.constantFrom('oid', 'tid', 'aud', 'exp', 'idtyp', 'scp'), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(claims, (changed) => refuses(signToken(own, sampleClaims(changed)))),
      { seed, numRuns: Math.min(runs, 200) },
    )
  })

  test('made of anything at all never throws', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), refuses), { seed, numRuns: runs })
  })
})

describe(`token requests (seed ${seed})`, () => {
  test('of any shape are read or refused in the dialect, and the refusal does not quote the secret', () => {
    const secret = 'canary~secret'
    const name = fc.constantFrom('grant_type', 'client_id', 'scope', 'resource', 'claims', 'client_assertion', 'x')
    const form = fc.array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 60 })), { maxLength: 8 })
    const type = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', '')
    const authorization = fc.option(
      fc.string({ maxLength: 60 }).map((text) => `Basic ${text}`),
      { nil: undefined },
    )
    fc.assert(
      fc.property(form, type, authorization, fc.constantFrom('v1', 'v2'), (fields, contentType, header, version) => {
        const body = new URLSearchParams([...fields, ['client_secret', secret], ['client_id', secret]]).toString()
        try {
          parseTokenRequest({ body: Buffer.from(body), contentType, authorization: header }, version)
        } catch (failure) {
          assert.ok(failure instanceof ServiceError)
          assert.ok(!failure.message.includes(secret))
        }
      }),
      { seed, numRuns: runs },
    )
  })

  test('name a resource of ours only if its host is one of ours', () => {
    const resources = createTokenResources('localhost')
    const hosts =
      /^https:\/\/(?:vault\.azure\.net|management\.azure\.com|management\.core\.windows\.net|graph\.microsoft\.com|(?:vault|management|graph)\.localhost(?::\d{1,5})?)\/?$/i
    const label = fc.constantFrom(
      'vault',
      'management',
      'graph',
      'azure',
      'net',
      'localhost',
      'attacker',
      'core',
      'windows',
      'com',
      'microsoft',
    )
    const name = fc
      .tuple(
        fc.constantFrom('https://', 'http://', ''),
        fc.array(label, { maxLength: 5 }),
        fc.constantFrom('', '/', '//', ':8443', ':8443/', '@x', '?x', '.', ':'),
      )
      .map(([scheme, labels, end]) => scheme + labels.join('.') + end)
    fc.assert(
      fc.property(name, (resource) => {
        assert.equal(resources.find(resource) !== undefined, hosts.test(resource), resource)
      }),
      { seed, numRuns: runs * 10 },
    )
  })
})
