import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tableOfSecrets, viewSecret, viewSecretItem } from './secret-view.ts'

const id = 'https://kv1.vault.azure.net/secrets/api-key/0123'
const attributes = {
  enabled: true,
  created: 1_893_456_000,
  updated: 1_893_456_001,
  recoveryLevel: 'Recoverable+Purgeable',
  recoverableDays: 90,
}
const shownAttributes = {
  created: '2030-01-01T00:00:00+00:00',
  enabled: true,
  expires: null,
  notBefore: null,
  recoverableDays: 90,
  recoveryLevel: 'Recoverable+Purgeable',
  updated: '2030-01-01T00:00:01+00:00',
}

describe('a secret as az prints it', () => {
  test('has every member, absent ones as null', () => {
    assert.deepEqual(viewSecret({ id, value: 'the value', attributes }), {
      attributes: shownAttributes,
      contentType: null,
      id,
      kid: null,
      managed: null,
      name: 'api-key',
      tags: null,
      value: 'the value',
    })
  })

  test('has its times in UTC', () => {
    const view = viewSecret({ id, attributes: { ...attributes, nbf: 0, exp: 1_893_456_002 } })
    assert.deepEqual(view['attributes'], {
      ...shownAttributes,
      notBefore: '1970-01-01T00:00:00+00:00',
      expires: '2030-01-01T00:00:02+00:00',
    })
  })

  test('in a list has no value, whatever the answer carried', () => {
    const item = { id, value: 'the value', contentType: 'text/plain', tags: { a: 'b' }, attributes }
    assert.deepEqual(viewSecretItem(item), {
      attributes: shownAttributes,
      contentType: 'text/plain',
      id,
      managed: null,
      name: 'api-key',
      tags: { a: 'b' },
    })
  })

  test('is not made of anything else', () => {
    assert.throws(() => viewSecret({ id: 1, attributes: {} }))
    assert.throws(() => viewSecret(undefined))
  })
})

describe('a table of secrets', () => {
  test('has one row for one, and a row each for a list, without values', () => {
    const one = viewSecret({ id, value: 'the value', attributes })
    const row = { Name: 'api-key', Id: id, ContentType: '', Enabled: true, Expires: '' }
    assert.deepEqual(tableOfSecrets(one), [row])
    assert.deepEqual(tableOfSecrets([one, one]), [row, row])
    assert.deepEqual(tableOfSecrets([]), [])
  })
})
