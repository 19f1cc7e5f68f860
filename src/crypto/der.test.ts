import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derBitString, derInteger, derObjectIdentifier, derOctetString, derTime } from './der.ts'

function hex(bytes: Buffer): string {
  return bytes.toString('hex')
}

test('integers take their shortest form and stay positive', () => {
  assert.equal(hex(derInteger(Buffer.from([0]))), '020100')
  assert.equal(hex(derInteger(Buffer.from([0, 0, 1]))), '020101')
  assert.equal(hex(derInteger(Buffer.from([0x7f]))), '02017f')
  assert.equal(hex(derInteger(Buffer.from([0x80]))), '02020080')
})

test('lengths take their shortest form', () => {
  assert.equal(hex(derOctetString(Buffer.alloc(127))).slice(0, 4), '047f')
  assert.equal(hex(derOctetString(Buffer.alloc(128))).slice(0, 6), '048180')
  assert.equal(hex(derOctetString(Buffer.alloc(256))).slice(0, 8), '04820100')
})

test('object identifiers pack two arcs, then seven bits a byte', () => {
  assert.equal(hex(derObjectIdentifier('1.2.840.113549.1.1.11')), '06092a864886f70d01010b')
  assert.equal(hex(derObjectIdentifier('2.5.29.30')), '0603551d1e')
})

test('a bit string says how many of its last bits do not count', () => {
  assert.equal(hex(derBitString(Buffer.from([0x06]), 1)), '03020106')
})

test('times have two-digit years until 2049', () => {
  assert.equal(derTime(new Date('2049-12-31T23:59:59.999Z')).toString('latin1', 2), '491231235959Z')
  assert.equal(derTime(new Date('2050-01-01T00:00:00Z')).toString('latin1', 2), '20500101000000Z')
  assert.deepEqual([derTime(new Date(0))[0], derTime(new Date('2050-01-01T00:00:00Z'))[0]], [0x17, 0x18])
})
