import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tryParseSecretUrl } from './secret-url.ts'

describe('the URL of a secret', () => {
  test('names host, secret and version, under Azure’s suffix and any other', () => {
    assert.deepEqual(tryParseSecretUrl('https://KV1.vault.azure.net/secrets/Db-Pass'), {
      hostname: 'kv1.vault.azure.net',
      name: 'Db-Pass',
      version: undefined,
    })
    const pinned = `https://kv1.vault.localhost:8443/secrets/x/${'A1'.repeat(16)}`
    assert.deepEqual(tryParseSecretUrl(pinned), {
      hostname: 'kv1.vault.localhost',
      name: 'x',
      version: 'a1'.repeat(16),
    })
  })

  test('is nothing else', () => {
    const others = [
      '',
      'http://kv1.vault.azure.net/secrets/x',
      'https://kv1.azure.net/secrets/x',
      'https://kv1.vault.azure.net/keys/x',
      'https://kv1.vault.azure.net/secrets/',
      'https://kv1.vault.azure.net/secrets/x/12',
      'https://kv1.vault.azure.net/secrets/a_b',
      'https://kv1.vault.azure.net/secrets/x?a=b',
      'https://me@kv1.vault.azure.net/secrets/x',
      `https://kv1.vault.azure.net/secrets/${'x'.repeat(128)}`,
    ]
    assert.deepEqual(
      others.filter((text) => tryParseSecretUrl(text) !== undefined),
      [],
    )
  })
})
