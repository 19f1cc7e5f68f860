import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tryParseIpAddress, tryParseIpRange } from './ip-range.ts'

function covers(range: string, address: string): boolean {
  const parsedRange = tryParseIpRange(range)
  const parsedAddress = tryParseIpAddress(address)
  assert.ok(parsedRange !== undefined, range)
  assert.ok(parsedAddress !== undefined, address)
  return parsedRange.covers(parsedAddress)
}

describe('an IPv4 range', () => {
  test('of one address covers that address alone', () => {
    assert.equal(covers('192.0.2.10', '192.0.2.10'), true)
    assert.equal(covers('192.0.2.10/32', '192.0.2.10'), true)
    assert.equal(covers('192.0.2.10', '192.0.2.11'), false)
    assert.equal(covers('192.0.2.1', '192.0.2.10'), false)
  })

  test('covers its first and its last address, and neither neighbour', () => {
    const within = ['10.20.16.0', '10.20.31.255'].map((address) => covers('10.20.16.0/20', address))
    const outside = ['10.20.15.255', '10.20.32.0'].map((address) => covers('10.20.16.0/20', address))
    assert.deepEqual({ within, outside }, { within: [true, true], outside: [false, false] })
  })

  test('of 31 bits covers two addresses, of none every IPv4 address and no other', () => {
    assert.deepEqual(
      ['192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'].map((address) => covers('192.0.2.4/31', address)),
      [false, true, true, false],
    )
    assert.equal(covers('0.0.0.0/0', '255.255.255.255'), true)
    assert.equal(covers('0.0.0.0/0', '2001:db8::1'), false)
  })

  test('may be private, and its bits after the prefix mean nothing', () => {
    assert.equal(covers('192.168.7.9/16', '192.168.200.1'), true)
    assert.equal(covers('127.0.0.0/8', '127.0.0.1'), true)
  })
})

describe('an IPv6 range', () => {
  test('covers its first and its last address, however they are written', () => {
    assert.equal(covers('2001:db8:0:40::/58', '2001:0DB8:0:40:0:0:0:0'), true)
    assert.equal(covers('2001:db8:0:40::/58', '2001:db8:0:7f:ffff:ffff:ffff:ffff'), true)
    assert.equal(covers('2001:db8:0:40::/58', '2001:db8:0:80::'), false)
    assert.equal(covers('::1', '::1'), true)
    assert.equal(covers('fd00::/8', 'fdff::1'), true)
  })

  test('of no bits covers no IPv4 address', () => {
    assert.equal(covers('::/0', '2001:db8::1'), true)
    assert.equal(covers('::/0', '192.0.2.1'), false)
    assert.equal(covers('::/0', '::ffff:192.0.2.1'), false)
  })

  test('an address with a zone is compared without it', () => {
    assert.equal(covers('fe80::/10', 'fe80::1%eth0'), true)
  })
})

describe('IPv4 in IPv6', () => {
  test('an address is the IPv4 address', () => {
    assert.equal(covers('192.0.2.0/24', '::ffff:192.0.2.7'), true)
    assert.equal(covers('192.0.2.0/24', '::ffff:c000:207'), true)
    assert.equal(covers('192.0.2.0/24', '::ffff:192.0.3.7'), false)
  })

  test('a range is the IPv4 range', () => {
    assert.equal(covers('::ffff:192.0.2.0/120', '192.0.2.255'), true)
    assert.equal(covers('::ffff:192.0.2.0/120', '192.0.3.0'), false)
    assert.equal(covers('::ffff:192.0.2.1', '192.0.2.1'), true)
  })

  test('a range that is wider than all of IPv4 is none', () => {
    assert.equal(tryParseIpRange('::ffff:0.0.0.0/95'), undefined)
    assert.equal(covers('::ffff:0.0.0.0/96', '203.0.113.9'), true)
  })
})

describe('what is no address', () => {
  const garbage = [
    '',
    ' ',
    '10.0.0',
    '10.0.0.0.0',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '10.0.0.256',
    '10.0.0.-1',
    ' 10.0.0.1',
    '10.0.0.1\n',
    '10.0.0.1,10.0.0.2',
    '10.0.0.1-10.0.0.9',
    '*',
    'localhost',
    '::ffff:010.0.0.1',
    '::ffff:1.2.3',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '[::1]',
    'g::1',
  ]

  test('is refused, alone and with a prefix', () => {
    for (const text of garbage) {
      assert.equal(tryParseIpAddress(text), undefined, JSON.stringify(text))
      assert.equal(tryParseIpRange(text), undefined, JSON.stringify(text))
      assert.equal(tryParseIpRange(`${text}/8`), undefined, JSON.stringify(text))
    }
  })

  test('prefixes that are none are refused', () => {
    for (const prefix of ['', '33', '-1', '+8', '08', '8.0', ' 8', '255.0.0.0', '8/8', '1e1', '0x8']) {
      assert.equal(tryParseIpRange(`10.0.0.0/${prefix}`), undefined, prefix)
    }
    for (const prefix of ['129', '999', '1000']) assert.equal(tryParseIpRange(`fd00::/${prefix}`), undefined, prefix)
  })

  test('a range with a zone is refused', () => {
    assert.equal(tryParseIpRange('fe80::1%eth0'), undefined)
    assert.equal(tryParseIpRange('fe80::%eth0/10'), undefined)
  })
})
