import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import {
  createTokenWorld,
  otherTenant,
  signToken,
  type TokenWorld,
  tokenTenant,
  vaultAudiences,
} from '../../test/support/token-fixtures.ts'
import { createBearerAuthentication } from './bearer-authentication.ts'
import type { TokenProof } from './caller.ts'
import { audienceSet } from './token-claims.ts'
import { createTokenVerifier } from './token-verifier.ts'

const managementAudiences = audienceSet(['https://management.azure.com'])
const vault = { tenant: tokenTenant, audiences: vaultAudiences }
let world: TokenWorld
let connection: { token: string | undefined; proof?: TokenProof | undefined }
let authenticate: ReturnType<typeof createBearerAuthentication<typeof vault>>

beforeEach(async () => {
  world = await createTokenWorld()
  connection = { token: undefined }
  authenticate = createBearerAuthentication({
    verifier: createTokenVerifier(world),
    audiencesFor: (place) => place.audiences,
  })
})

function call(authorization: string | undefined, place = vault) {
  return authenticate({ authorization, place, host: 'kv1.vault.azure.net', connection })
}

describe('bearer authentication', () => {
  test('answers the same header on the same connection with the very same result, and without looking anything up', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    const first = await call(header)
    assert.equal(first.outcome, 'authenticated')
    assert.equal(call(header), first)
    assert.equal(world.revocations.loaded, 1)
  })

  test('accepts the scheme in any letter case', async () => {
    assert.equal((await call(`bearer ${signToken(world.pair)}`)).outcome, 'authenticated')
  })

  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic dTpw', 'PoP abc', 'Bearer a b']) {
    test(`finds no token in ${header === undefined ? 'no header' : `'${header}'`}`, async () => {
      assert.deepEqual(await call(header), { outcome: 'refused', reason: 'missing', signed: false })
    })
  }

  test('does not take what one resource accepted for another on the same connection', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    await call(header)
    const result = await call(header, { tenant: tokenTenant, audiences: managementAudiences })
    assert.deepEqual(result, { outcome: 'refused', reason: 'audience', signed: true, found: 'https://vault.azure.net' })
  })

  test('does not take what one tenant accepted for another on the same connection', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    await call(header)
    assert.equal((await call(header, { tenant: otherTenant, audiences: vaultAudiences })).outcome, 'refused')
  })

  test('forgets an accepted token when another is refused', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    await call(header)
    assert.equal((await call('Bearer garbage')).outcome, 'refused')
    assert.equal(connection.proof, undefined)
  })

  test('refuses a remembered token once it expires', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    await call(header)
    world.clock.advance(3600)
    assert.deepEqual(await call(header), { outcome: 'refused', reason: 'expired', signed: true })
  })

  test('refuses a remembered token once it is revoked', async () => {
    const header = `Bearer ${signToken(world.pair)}`
    await call(header)
    world.revocations.standings.clear()
    world.revocations.epoch = 2
    world.keys.epoch = 2
    assert.deepEqual(await call(header), { outcome: 'refused', reason: 'principal', signed: true })
  })
})
