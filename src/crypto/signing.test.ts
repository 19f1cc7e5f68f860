import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  certificateThumbprint,
  exportEd25519PublicKey,
  exportPrivateKey,
  exportRsaPublicJwk,
  generateEd25519KeyPair,
  generateP256KeyPair,
  generateRsaKeyPair,
  importEd25519PublicKey,
  importPrivateKey,
  signEd25519,
  signRs256,
  verifyEd25519,
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

describe('Ed25519', () => {
  test('signs the first vector of RFC 8032 §7.1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
    const pair = importPrivateKey(Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]))
    assert.equal(
      exportEd25519PublicKey(pair.publicKey).toString('hex'),
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    const signature = signEd25519(pair.privateKey, Buffer.alloc(0))
    assert.equal(
      signature.toString('hex'),
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
    assert.equal(verifyEd25519(pair.publicKey, Buffer.alloc(0), signature), true)
    assert.equal(verifyEd25519(pair.publicKey, message, signature), false)
    assert.equal(verifyEd25519(rsa.publicKey, message, signature), false)
  })

  test('a public key survives its 32 bytes', () => {
    const { publicKey } = generateEd25519KeyPair()
    assert.equal(importEd25519PublicKey(exportEd25519PublicKey(publicKey)).equals(publicKey), true)
    assert.throws(() => importEd25519PublicKey(Buffer.alloc(31)), { kind: 'malformed', code: 'InvalidKey' })
  })
})

describe('private keys', () => {
  test('every kind survives PKCS#8', () => {
    for (const pair of [rsa, generateEd25519KeyPair(), generateP256KeyPair()]) {
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
