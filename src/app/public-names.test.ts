import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createNameTable } from './public-names.ts'

const names = createNameTable('localhost')

describe('what a host stands for', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['kv1.vault.azure.net', { surface: 'vault', name: 'kv1' }],
    ['kv1.vault.localhost', { surface: 'vault', name: 'kv1' }],
    ['login.microsoftonline.com', { surface: 'token' }],
    ['sts.windows.net', { surface: 'token' }],
    ['management.azure.com', { surface: 'arm' }],
    ['graph.localhost', { surface: 'graph' }],
    ['app.env.westeurope.azurecontainerapps.dev', { surface: 'app' }],
    ['vault.azure.net', undefined],
    ['.vault.azure.net', undefined],
    ['a.b.vault.azure.net', undefined],
    ['kv1.vault.azure.cn', undefined],
    ['kv1.vault.azure.net.example.com', undefined],
    ['example.com', undefined],
  ]
  for (const [host, expected] of cases) {
    test(`${host} is ${expected === undefined ? 'none of ours' : JSON.stringify(expected)}`, () => {
      assert.deepEqual(names.classify(host), expected)
    })
  }
})

describe('addresses in answers', () => {
  test('literal Azure names stay among themselves', () => {
    assert.equal(names.namesFor('https://management.azure.com').vaultSuffix, 'vault.azure.net')
  })
  test('own names keep the port the client used', () => {
    assert.deepEqual(names.namesFor('https://management.localhost:8443'), {
      loginOrigin: 'https://login.localhost:8443',
      graphOrigin: 'https://graph.localhost:8443',
      portalOrigin: 'https://portal.localhost:8443',
      vaultSuffix: 'vault.localhost:8443',
    })
  })
})
