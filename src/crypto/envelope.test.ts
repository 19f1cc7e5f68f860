import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomBytes } from '#base/random.ts'
import { generateDataKey, importDataKey, openBytes, sealBytes, sealedKeyId } from './envelope.ts'

const { key } = generateDataKey()
const keyId = randomBytes(16)
const binding = ['strongroom/1', 'tenant', 'vault', 'secret', 'name', 'version', 'value']
const plaintext = Buffer.from('correct horse battery staple')
const broken = { name: 'ServiceError', kind: 'internal', code: 'SealBroken' }

describe('a sealed blob', () => {
  test('opens with the key and binding it was sealed with', () => {
    assert.deepEqual(openBytes(key, sealBytes(key, keyId, plaintext, binding), binding), plaintext)
  })

  test('holds no bytes at all just as well', () => {
    assert.equal(openBytes(key, sealBytes(key, keyId, Buffer.alloc(0), binding), binding).length, 0)
  })

  test('names the key it was sealed with, and does not contain the plaintext', () => {
    const sealed = sealBytes(key, keyId, plaintext, binding)
    assert.deepEqual(sealedKeyId(sealed), keyId)
    assert.equal(sealed.includes(plaintext), false)
    assert.equal(sealed.length, 2 + 16 + 12 + plaintext.length + 16)
  })

  test('differs each time the same bytes are sealed', () => {
    assert.notDeepEqual(sealBytes(key, keyId, plaintext, binding), sealBytes(key, keyId, plaintext, binding))
  })

  test('does not open when any single bit of it was changed', () => {
    const sealed = sealBytes(key, keyId, plaintext, binding)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Buffer.from(sealed)
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.throws(() => openBytes(key, altered, binding), broken, `bit ${bit}`)
    }
  })

  test('does not open when it was cut at any length, or extended', () => {
    const sealed = sealBytes(key, keyId, plaintext, binding)
    for (let length = 0; length < sealed.length; length++) {
      assert.throws(() => openBytes(key, sealed.subarray(0, length), binding), broken, `${length} bytes`)
    }
    assert.throws(() => openBytes(key, Buffer.concat([sealed, Buffer.from([0])]), binding), broken)
  })

  test('does not open under another key', () => {
    assert.throws(() => openBytes(generateDataKey().key, sealBytes(key, keyId, plaintext, binding), binding), broken)
  })

  test('does not open in another place: each member of the binding counts', () => {
    const sealed = sealBytes(key, keyId, plaintext, binding)
    for (const at of binding.keys()) {
      assert.throws(() => openBytes(key, sealed, binding.with(at, 'another')), broken, `member ${at}`)
    }
    assert.throws(() => openBytes(key, sealed, binding.toReversed()), broken)
    assert.throws(() => openBytes(key, sealed, binding.slice(1)), broken)
    assert.throws(() => openBytes(key, sealed, [...binding, '']), broken)
  })

  test('tells bindings apart whose texts run together', () => {
    const sealed = sealBytes(key, keyId, plaintext, ['ab', 'c'])
    assert.throws(() => openBytes(key, sealed, ['a', 'bc']), broken)
    assert.throws(() => openBytes(key, sealed, ['abc']), broken)
  })

  test('names what does not open, and says nothing of the key or the plaintext', () => {
    const sealed = sealBytes(key, keyId, plaintext, binding)
    const said = (opened: Buffer, under: readonly string[], message: string): void =>
      assert.throws(
        () => openBytes(key, opened, under),
        (error: Error) => error.message === message,
      )
    said(sealed, [], 'A sealed value was altered or does not belong where it was found.')
    said(
      sealed,
      ['tenant-1', '', 'audit-key', 'installation-1'],
      "What is sealed as 'tenant-1 audit-key installation-1' was altered or does not belong where it was found.",
    )
    said(sealed.subarray(0, 20), ['ca-key'], "What is sealed as 'ca-key' has an unknown format or is cut short.")
  })
})

describe('keys', () => {
  test('a data key is 32 random bytes and opens again from them', () => {
    const made = generateDataKey()
    assert.equal(made.bytes.length, 32)
    assert.deepEqual(openBytes(importDataKey(made.bytes), sealBytes(made.key, keyId, plaintext, []), []), plaintext)
  })

  test('bytes of another length are no key', () => {
    assert.throws(() => importDataKey(Buffer.alloc(31)), broken)
    assert.throws(() => importDataKey(Buffer.alloc(33)), broken)
  })

  test('a key id of another length is refused', () => {
    assert.throws(() => sealBytes(key, Buffer.alloc(15), plaintext, binding), broken)
  })
})
