import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  certificateThumbprint,
  exportPrivateKey,
  exportRsaPublicJwk,
  generateP256KeyPair,
  generateRsaKeyPair,
  importPrivateKey,
  signRs256,
  verifyRs256,
} from './signing.ts'

const message = Buffer.from('header.payload')
const rsa = await generateRsaKeyPair()

describe('RS256', () => {
  test('a signature verifies with its key, for its message only', async () => {
    const signature = signRs256(rsa.privateKey, message)
    assert.equal(signature.length, 256)
    assert.equal(verifyRs256(rsa.publicKey, message, signature), true)
    assert.equal(verifyRs256(rsa.publicKey, Buffer.from('header.payloaD'), signature), false)
    assert.equal(verifyRs256((await generateRsaKeyPair()).publicKey, message, signature), false)
    assert.equal(verifyRs256(rsa.publicKey, message, Buffer.alloc(0)), false)
  })

  test('a key that is not RSA verifies nothing', () => {
    const elliptic = generateP256KeyPair()
    assert.equal(verifyRs256(elliptic.publicKey, message, signRs256(elliptic.privateKey, message)), false)
  })

  test('the JWK holds the public numbers and nothing else', () => {
    const jwk = exportRsaPublicJwk(rsa.publicKey)
    assert.deepEqual(Object.keys(jwk).sort(), ['e', 'kty', 'n'])
    assert.equal(jwk.e, 'AQAB')
    assert.equal(Buffer.from(jwk.n, 'base64url').length, 256)
    assert.throws(() => exportRsaPublicJwk(generateP256KeyPair().publicKey), { kind: 'internal', code: 'KeyDamaged' })
  })
})

describe('private keys', () => {
  test('both kinds survive PKCS#8', () => {
    for (const pair of [rsa, generateP256KeyPair()]) {
      const again = importPrivateKey(exportPrivateKey(pair.privateKey))
      assert.equal(again.privateKey.equals(pair.privateKey), true)
      assert.equal(again.publicKey.equals(pair.publicKey), true)
    }
  })

  test('bytes that are no key are refused without being quoted', () => {
    const refusal = { kind: 'internal', code: 'KeyDamaged', message: 'A stored private key cannot be read.' }
    assert.throws(() => importPrivateKey(Buffer.from('not a key')), refusal)
    assert.throws(() => importPrivateKey(exportPrivateKey(rsa.privateKey).subarray(0, -1)), refusal)
  })
})

test('a thumbprint is the SHA-1 in base64url', () => {
  assert.equal(certificateThumbprint(Buffer.from('abc')), 'qZk-NkcGgWq6PiVxeFDCbJzQ2J0')
})
