import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tryParseVaultName } from './ids.ts'

describe('the name of a vault', () => {
  test('is folded to lower case', () => {
    assert.equal(tryParseVaultName('KV-One'), 'kv-one')
  })

  test('is of ASCII alone, also where folding would make ASCII of it', () => {
    for (const name of ['\u212av-one', 'kv-\u212aone', 'kv-one\u212a', 'kv\u017fone', 'kv-öne']) {
      assert.equal(tryParseVaultName(name), undefined)
    }
  })

  test('begins with a letter, ends with none but a letter or digit, and has 3 to 24 characters', () => {
    for (const name of ['1kv', 'kv-', 'k--v', 'kv', `k${'v'.repeat(24)}`, 'k.v', 'kv\n', '']) {
      assert.equal(tryParseVaultName(name), undefined)
    }
    for (const name of ['kv1', `k${'v'.repeat(23)}`]) assert.equal(tryParseVaultName(name), name)
  })
})
