import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isLoopback, parseAuthority } from './hosts.ts'

describe('parseAuthority', () => {
  test('keeps the text and folds the host name', () => {
    assert.deepEqual(parseAuthority('KV1.Vault.Localhost:8443'), {
      text: 'KV1.Vault.Localhost:8443',
      hostname: 'kv1.vault.localhost',
      port: 8443,
    })
    assert.deepEqual(parseAuthority('[::1]:80'), { text: '[::1]:80', hostname: '[::1]', port: 80 })
    assert.deepEqual(parseAuthority('169.254.169.254'), {
      text: '169.254.169.254',
      hostname: '169.254.169.254',
      port: undefined,
    })
  })

  for (const text of [
    '',
    ':80',
    'user@host',
    'user:pass@host:80',
    'host:',
    'host:0',
    'host:65536',
    'host:80:90',
    'a..b',
    '.a',
    'a.',
    'a b',
    'a/b',
    'a\\b',
    'a%2eb',
    'a?b',
    '-a',
    'caf\u00e9',
    '[::1',
    `${'a'.repeat(64)}.b`,
    'a.'.repeat(200),
  ]) {
    test(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(parseAuthority(text), undefined)
    })
  }
})

describe('isLoopback', () => {
  test('knows this machine by its names', () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]', '::ffff:127.0.0.1']) {
      assert.equal(isLoopback(host), true, host)
    }
    for (const host of ['kv1.vault.localhost', '128.0.0.1', '127.0.0.1.example.com', '::2', '']) {
      assert.equal(isLoopback(host), false, host)
    }
  })
})
