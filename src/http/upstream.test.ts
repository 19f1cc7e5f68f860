import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isExempt, parseProxyUrl } from './upstream.ts'

describe('parseProxyUrl', () => {
  test('reads host, port and credentials', () => {
    assert.deepEqual(parseProxyUrl('http://us%40er:p%3Aw@proxy.example:3128/'), {
      secure: false,
      hostname: 'proxy.example',
      port: 3128,
      authorization: `Basic ${Buffer.from('us@er:p:w').toString('base64')}`,
    })
    assert.deepEqual(parseProxyUrl('proxy.example:3128'), {
      secure: false,
      hostname: 'proxy.example',
      port: 3128,
      authorization: undefined,
    })
    assert.equal(parseProxyUrl('https://proxy.example')?.port, 443)
  })

  test('knows no other kind of proxy', () => {
    assert.equal(parseProxyUrl('socks5://proxy.example:1080'), undefined)
    assert.equal(parseProxyUrl('http://'), undefined)
  })
})

describe('isExempt', () => {
  const cases: readonly (readonly [string, string, number, boolean])[] = [
    ['', 'example.com', 443, false],
    ['*', 'example.com', 443, true],
    ['example.com', 'example.com', 443, true],
    ['example.com', 'www.example.com', 443, true],
    ['.example.com', 'www.example.com', 443, true],
    ['*.example.com', 'www.example.com', 443, true],
    ['example.com', 'badexample.com', 443, false],
    ['example.com:8080', 'example.com', 443, false],
    ['example.com:8080', 'example.com', 8080, true],
    ['a.test, b.test c.test', 'c.test', 80, true],
    ['10.0.0.0/8', '10.1.2.3', 80, true],
    ['10.0.0.0/8', '11.1.2.3', 80, false],
    ['10.0.0.0/99', '10.1.2.3', 80, false],
    ['0.0.1', '10.0.0.1', 80, false],
    ['fd00::/8', '[fd00::1]', 80, true],
    ['::1', '[::1]', 80, true],
    ['[::1]:81', '[::1]', 80, false],
    ['EXAMPLE.com', 'Example.COM', 443, true],
  ]
  for (const [noProxy, host, port, expected] of cases) {
    test(`'${noProxy}' ${expected ? 'exempts' : 'does not exempt'} ${host}:${port}`, () => {
      assert.equal(isExempt(noProxy, host, port), expected)
    })
  }
})
