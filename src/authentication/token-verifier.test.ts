import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { beforeEach, describe, test } from 'node:test'
import { generateRsaKeyPair } from '#crypto/signing.ts'
import {
  createTokenWorld,
  encodePart,
  otherTenant,
  sampleClaims,
  signToken,
  startSeconds,
  type TokenWorld,
  tokenClient,
  tokenPrincipal,
  tokenTenant,
  vaultAudiences,
} from '../../test/support/token-fixtures.ts'
import type { Authentication } from './caller.ts'
import { audienceSet, issuerV1 } from './token-claims.ts'
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts'

const expectation = { tenant: tokenTenant, audiences: vaultAudiences }
let world: TokenWorld
let verifier: TokenVerifier

beforeEach(async () => {
  world = await createTokenWorld()
  verifier = createTokenVerifier(world)
})

async function refusal(token: string) {
  const result = await verifier.verify(token, expectation)
  assert.equal(result.outcome, 'refused')
  return result
}

async function accept(token: string) {
  const result = await verifier.verify(token, expectation)
  assert.equal(result.outcome, 'authenticated', JSON.stringify(result))
  return result.outcome === 'authenticated' ? result.caller : assert.fail()
}

function changed(claims: Readonly<Record<string, unknown>>): string {
  return signToken(world.pair, sampleClaims(claims))
}

describe('a token of ours', () => {
  test('says who calls, and what the record may show', async () => {
    assert.deepEqual(await accept(signToken(world.pair)), {
      tenant: tokenTenant,
      principal: tokenPrincipal,
      kind: 'application',
      clientId: tokenClient,
      tokenId: 'uti-1',
      keyId: 'key-1',
      issuedAtSeconds: startSeconds - 300,
      expiresAtSeconds: startSeconds + 3600,
      issuer: issuerV1(tokenTenant),
      epoch: 1,
      auditClaimsJson: JSON.stringify({
        oid: tokenPrincipal,
        appid: tokenClient,
        appidacr: '2',
        idtyp: 'app',
        xms_mirid: '/subscriptions/s/resourcegroups/rg/providers/Microsoft.App/containerApps/app',
      }),
      displayName: '/subscriptions/s/resourcegroups/rg/providers/Microsoft.App/containerApps/app',
    })
  })

  test('of a user carries the user principal name', async () => {
    const caller = await accept(changed({ idtyp: 'user', upn: 'operator@home.test', xms_mirid: undefined }))
    assert.equal(caller.kind, 'user')
    assert.equal(caller.displayName, 'operator@home.test')
  })

  for (const audience of [
    'HTTPS://Vault.Azure.NET',
    'https://vault.azure.net/',
    'CFA8B339-82a2-471a-a3c9-0fc0be7a4093',
  ]) {
    test(`is good with the audience written '${audience}'`, async () => {
      await accept(changed({ aud: audience }))
    })
  }

  test('is good when it was minted by a clock that is five minutes ahead', async () => {
    await accept(changed({ iat: startSeconds + 300 }))
  })

  test('is good with the issuer of v2', async () => {
    await accept(changed({ iss: `https://login.microsoftonline.com/${tokenTenant}/v2.0` }))
  })

  test('is verified once per epoch and answered at once from then on', async () => {
    const token = signToken(world.pair)
    await accept(token)
    const again = verifier.verify(token, expectation)
    assert.ok(!(again instanceof Promise))
    assert.equal(world.revocations.loaded, 1)
    world.revocations.epoch = 2
    world.keys.epoch = 2
    assert.ok(verifier.verify(token, expectation) instanceof Promise)
    assert.equal((await accept(token)).epoch, 2)
  })

  test('that is forgotten because others came is verified again', async () => {
    const small = createTokenVerifier({ ...world, maximumRemembered: 1 })
    const [first, second] = [signToken(world.pair), changed({ uti: 'uti-2' })]
    for (const token of [first, second, first]) {
      const result = await small.verify(token, expectation)
      assert.equal(result.outcome, 'authenticated')
    }
    assert.equal(world.revocations.loaded, 3)
  })

  test('signed with a key that another process made is good after one look', async () => {
    const next = await generateRsaKeyPair()
    world.keys.onRefresh = () => world.keys.held.set('key-2', { tenant: tokenTenant, publicKey: next.publicKey })
    await accept(signToken(next, sampleClaims(), { kid: 'key-2' }))
    assert.equal(world.keys.refreshed, 1)
  })
})

describe('a token is refused', () => {
  const unsigned: readonly (readonly [string, (token: string) => string])[] = [
    ['that is empty', () => ''],
    ['that is garbage', () => 'garbage'],
    ['of two parts', (token) => token.split('.').slice(0, 2).join('.')],
    ['of four parts', (token) => `${token}.x`],
    ['without a signature', (token) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['with padding', (token) => `${token}=`],
    ['with a line break', (token) => `${token}\n`],
    ['whose header is no JSON', (token) => `e30x.${token.split('.').slice(1).join('.')}`],
    ['whose header is an array', (token) => `${encodePart([])}.${token.split('.').slice(1).join('.')}`],
  ]
  for (const [title, spoil] of unsigned) {
    test(title, async () => {
      assert.deepEqual(await refusal(spoil(signToken(world.pair))), {
        outcome: 'refused',
        reason: 'malformed',
        signed: false,
      })
    })
  }

  test('that is longer than 16 KiB, before anything is decoded', async () => {
    assert.deepEqual(verifier.verify(changed({ padding: 'x'.repeat(16_384) }), expectation), {
      outcome: 'refused',
      reason: 'malformed',
      signed: false,
    })
  })

  for (const alg of ['none', 'None', 'HS256', 'RS512', 'PS256', 'ES256', '', undefined]) {
    test(`whose algorithm is ${String(alg)}`, async () => {
      const result = await refusal(signToken(world.pair, sampleClaims(), { alg }))
      assert.deepEqual(result, { outcome: 'refused', reason: 'algorithm', signed: false })
    })
  }

  test('with alg none and no signature', async () => {
    const parts = `${encodePart({ typ: 'JWT', alg: 'none', kid: 'key-1' })}.${encodePart(sampleClaims())}`
    assert.equal((await refusal(`${parts}.`)).reason, 'malformed')
    assert.equal((await refusal(`${parts}.AA`)).reason, 'algorithm')
  })

  test('that was signed HS256 with the public key as the secret', async () => {
    const parts = `${encodePart({ typ: 'JWT', alg: 'HS256', kid: 'key-1' })}.${encodePart(sampleClaims())}`
    for (const format of ['pem', 'der'] as const) {
      const secret = world.pair.publicKey.export({ type: 'spki', format })
      const signature = createHmac('sha256', secret).update(parts).digest('base64url')
      assert.equal((await refusal(`${parts}.${signature}`)).reason, 'algorithm')
    }
  })

  test("that was signed with the caller's own key under our key id", async () => {
    const own = await generateRsaKeyPair()
    assert.deepEqual(await refusal(signToken(own)), { outcome: 'refused', reason: 'signature', signed: false })
  })

  test('that brings its own key in the header', async () => {
    const own = await generateRsaKeyPair()
    const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'key-1' }
    const brought = { jwk, jku: 'https://attacker.test/keys', x5u: 'https://attacker.test/chain', x5c: ['AA=='] }
    assert.equal((await refusal(signToken(own, sampleClaims(), brought))).reason, 'signature')
    assert.equal((await refusal(signToken(own, sampleClaims(), { ...brought, kid: 'theirs' }))).reason, 'key')
  })

  test('with a key id that nobody knows, and only the first makes us look', async () => {
    assert.equal((await refusal(signToken(world.pair, sampleClaims(), { kid: 'made-up' }))).reason, 'key')
    assert.equal((await refusal(signToken(world.pair, sampleClaims(), { kid: 'made-up-2' }))).reason, 'key')
    assert.equal(world.keys.refreshed, 1)
  })

  test('without a key id, of another type, or with a critical extension', async () => {
    for (const header of [{ kid: undefined }, { kid: 7 }, { typ: 'at+jwt' }, { typ: undefined }, { crit: ['b64'] }]) {
      assert.equal((await refusal(signToken(world.pair, sampleClaims(), header))).reason, 'malformed')
    }
  })

  test('whose payload was changed', async () => {
    const [header, , signature] = signToken(world.pair).split('.')
    const payload = encodePart(sampleClaims({ oid: tokenClient }))
    assert.equal((await refusal(`${header}.${payload}.${signature}`)).reason, 'signature')
  })

  test('whose signature is another spelling of a good one', async () => {
    const token = signToken(world.pair)
    const last = token.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelled = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1]
    assert.deepEqual(
      Buffer.from(respelled.split('.')[2] ?? '', 'base64url'),
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    )
    assert.equal((await refusal(respelled)).reason, 'malformed')
  })

  const signed: readonly (readonly [string, Readonly<Record<string, unknown>>, Partial<Authentication>])[] = [
    [
      'of a foreign issuer',
      { iss: 'https://login.example.test/' },
      { reason: 'issuer', found: 'https://login.example.test/' },
    ],
    [
      "with another tenant's issuer",
      { iss: issuerV1(otherTenant) },
      { reason: 'issuer', found: issuerV1(otherTenant) },
    ],
    ['of another tenant', { tid: otherTenant }, { reason: 'tenant' }],
    [
      'for the resource manager',
      { aud: 'https://management.azure.com' },
      { reason: 'audience', found: 'https://management.azure.com' },
    ],
    [
      'for one vault only',
      { aud: 'https://kv1.vault.azure.net' },
      { reason: 'audience', found: 'https://kv1.vault.azure.net' },
    ],
    [
      'with two slashes after its audience',
      { aud: 'https://vault.azure.net//' },
      { reason: 'audience', found: 'https://vault.azure.net//' },
    ],
    ['in the second it expires', { exp: startSeconds }, { reason: 'expired' }],
    ['a second before it is valid', { nbf: startSeconds + 1 }, { reason: 'not-yet-valid' }],
    ['minted more than five minutes from now', { iat: startSeconds + 301 }, { reason: 'not-yet-valid' }],
    ['with a list of audiences', { aud: ['https://vault.azure.net'] }, { reason: 'malformed' }],
    ['with times in words', { exp: '1999999999' }, { reason: 'malformed' }],
    ['with a fractional time', { exp: startSeconds + 0.5 }, { reason: 'malformed' }],
    ['without an expiry', { exp: undefined }, { reason: 'malformed' }],
    ['without a start', { nbf: undefined }, { reason: 'malformed' }],
    ['without a principal', { oid: undefined }, { reason: 'malformed' }],
    ['whose principal is no GUID', { oid: 'operator' }, { reason: 'malformed' }],
    ['without a client', { appid: undefined }, { reason: 'malformed' }],
    ['without a tenant', { tid: undefined }, { reason: 'malformed' }],
    ['that says neither user nor application', { idtyp: 'device' }, { reason: 'malformed' }],
    ['without an id', { uti: undefined }, { reason: 'malformed' }],
  ]
  for (const [title, claims, expected] of signed) {
    test(title, async () => {
      assert.deepEqual(await refusal(changed(claims)), { outcome: 'refused', signed: true, ...expected })
    })
  }

  test('that another tenant of this server signed with its own key', async () => {
    const theirs = await generateRsaKeyPair()
    world.keys.held.set('their-key', { tenant: otherTenant, publicKey: theirs.publicKey })
    const foreign = sampleClaims({ iss: issuerV1(otherTenant), tid: otherTenant })
    const result = await refusal(signToken(theirs, foreign, { kid: 'their-key' }))
    assert.deepEqual(result, { outcome: 'refused', reason: 'tenant', signed: true, found: issuerV1(otherTenant) })
  })

  test("that another tenant's key signed in our tenant's name", async () => {
    const theirs = await generateRsaKeyPair()
    world.keys.held.set('their-key', { tenant: otherTenant, publicKey: theirs.publicKey })
    assert.equal((await refusal(signToken(theirs, sampleClaims(), { kid: 'their-key' }))).reason, 'issuer')
  })

  test('at another resource though it was good at the first', async () => {
    const token = signToken(world.pair)
    await accept(token)
    const elsewhere = { tenant: tokenTenant, audiences: audienceSet(['https://management.azure.com']) }
    assert.equal((await verifier.verify(token, elsewhere)).outcome, 'refused')
    const atOtherTenant = { tenant: otherTenant, audiences: vaultAudiences }
    assert.equal((await verifier.verify(token, atOtherTenant)).outcome, 'refused')
  })

  test('once it expires, though it was good before', async () => {
    const token = signToken(world.pair)
    await accept(token)
    world.clock.advance(3599)
    await accept(token)
    world.clock.advance(1)
    assert.equal((await refusal(token)).reason, 'expired')
  })
})

describe('revocation', () => {
  function moveEpoch(): void {
    world.revocations.epoch++
    world.keys.epoch++
  }

  test('ends a token minted before it, and not one minted after it', async () => {
    const before = signToken(world.pair)
    await accept(before)
    world.revocations.standings.set(tokenPrincipal, { enabled: true, tokensValidFrom: startSeconds * 1000 + 500 })
    moveEpoch()
    assert.deepEqual(await refusal(before), { outcome: 'refused', reason: 'revoked', signed: true })
    world.clock.advance(1)
    await accept(changed({ iat: startSeconds - 299, uti: 'uti-2' }))
  })

  test('reaches the tokens of a disabled principal', async () => {
    const token = signToken(world.pair)
    await accept(token)
    world.revocations.standings.set(tokenPrincipal, { enabled: false, tokensValidFrom: 0 })
    moveEpoch()
    assert.deepEqual(await refusal(token), { outcome: 'refused', reason: 'principal', signed: true })
  })

  test('reaches the tokens of a principal that is gone', async () => {
    const token = signToken(world.pair)
    await accept(token)
    world.revocations.standings.clear()
    moveEpoch()
    assert.equal((await refusal(token)).reason, 'principal')
  })

  test('reaches a key that was withdrawn by another process at the same epoch', async () => {
    const token = signToken(world.pair)
    await accept(token)
    world.revocations.epoch = 2
    world.keys.onRefresh = () => {
      world.keys.held.delete('key-1')
      world.keys.epoch = 2
    }
    assert.deepEqual(await refusal(token), { outcome: 'refused', reason: 'key', signed: false })
  })

  test('that keeps moving while it is looked at is an error, not a yes', async () => {
    const load = world.revocations.load.bind(world.revocations)
    world.revocations.load = async (tenant, principal) => {
      world.revocations.epoch++
      return load(tenant, principal)
    }
    await assert.rejects(async () => verifier.verify(signToken(world.pair), expectation), {
      kind: 'unavailable',
      code: 'StateMoving',
    })
  })
})
