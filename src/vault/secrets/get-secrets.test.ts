import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePreparation,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { recoveryOf } from '../wire.ts'
import { createGetSecrets } from './get-secrets.ts'

const operation = sampleOperation(createGetSecrets)

describe('getSecrets', () => {
  test('reads the vault', () => {
    assert.deepEqual(
      [operation.id, operation.method, operation.path, operation.access],
      ['getSecrets', 'GET', '/secrets', 'read'],
    )
  })

  test('needs the readMetadata data action at the vault itself', async () => {
    const requirements = await requirementsOf(operation, operation.parse(vaultRequest()))
    assert.deepEqual(requirements, [
      {
        anyOf: [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action' }],
        scope: samplePreparation.place.scope,
        attributes: { '@Resource[Microsoft.KeyVault/vaults:name]': 'kv1' },
      },
    ])
  })

  test('is recorded with the number of items, without the page token', () => {
    const request = vaultRequest({ query: { maxresults: '2', $skiptoken: 'token' } })
    const input = operation.parse(request)
    const listed = { items: [], nextLink: undefined, recovery: recoveryOf(90, false), assignmentId: undefined }
    const requestUri = 'https://kv1.vault.azure.net/secrets?api-version=7.4&maxresults=2'
    assert.equal(operation.audit.operationName, 'SecretList')
    assert.deepEqual(operation.audit.view(input, request, listed), { requestUri, properties: { count: 0 } })
    assert.deepEqual(operation.audit.view(input, request, undefined), { requestUri })
  })

  test('refuses a page of no items', () => {
    const bad = vaultRequest({ query: { maxresults: '0' } })
    assert.throws(() => operation.parse(bad), refusalOf('malformed', 'BadParameter', /maxresults/))
  })
})
