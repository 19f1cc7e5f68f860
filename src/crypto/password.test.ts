import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deriveKeyFromPassphrase, hashCredential, verifyCredential } from './password.ts'

describe('a stored credential', () => {
  test('its secret is recognised, another is not', async () => {
    const stored = await hashCredential('Tq8~right')
    assert.equal(await verifyCredential('Tq8~right', stored), true)
    assert.equal(await verifyCredential('Tq8~wrong', stored), false)
    assert.equal(await verifyCredential('', stored), false)
  })

  test('the same secret is stored differently each time', async () => {
    const [first, second] = await Promise.all([hashCredential('same'), hashCredential('same')])
    assert.notDeepEqual(first.salt, second.salt)
    assert.notDeepEqual(first.verifier, second.verifier)
  })

  test('an unknown credential is checked against nothing and refused', async () => {
    assert.equal(await verifyCredential('anything', undefined), false)
  })

  test('a verifier of an unknown scheme or a wrong length is an error, not a refusal', async () => {
    const { salt, verifier } = await hashCredential('x')
    const damaged = { name: 'ServiceError', kind: 'internal', code: 'CredentialDamaged' }
    await assert.rejects(verifyCredential('x', { salt, verifier: Buffer.from([9, ...verifier.subarray(1)]) }), damaged)
    await assert.rejects(verifyCredential('x', { salt, verifier: verifier.subarray(0, 20) }), damaged)
    await assert.rejects(verifyCredential('x', { salt, verifier: Buffer.alloc(0) }), damaged)
  })
})

describe('a key from a passphrase', () => {
  test('is argon2id with 64 MiB, 3 passes and 4 lanes', async () => {
    const derived = await deriveKeyFromPassphrase(Buffer.from('correct horse battery'), Buffer.alloc(16, 7))
    assert.equal(derived.toString('hex'), '59a2902397c914461c4790f9d1276c25c70a16a2800fce668f01fa592d4cb3ad')
  })
})
