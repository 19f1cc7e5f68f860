import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { hmacSha256, sha256, sha256Binary, sha256Hex } from './hash.ts'

// FIPS 180-4 example, and RFC 4231 test case 2.
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('SHA-256 agrees with the published example in every form', () => {
  assert.equal(sha256Hex('abc'), ofAbc)
  assert.equal(sha256(Buffer.from('abc')).toString('hex'), ofAbc)
  assert.equal(Buffer.from(sha256Binary('abc'), 'latin1').toString('hex'), ofAbc)
})

test('HMAC-SHA256 agrees with the published example', () => {
  assert.equal(
    hmacSha256(createSecretKey(Buffer.from('Jefe')), 'what do ya want for nothing?').toString('hex'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
