import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePreparation,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { createGetSecretVersions } from './get-secret-versions.ts'

const operation = sampleOperation(createGetSecretVersions)

describe('getSecretVersions', () => {
  test('reads below one name', () => {
    assert.deepEqual(
      [operation.id, operation.method, operation.path, operation.access],
      ['getSecretVersions', 'GET', '/secrets/{name}/versions', 'read'],
    )
  })

  test('needs the readMetadata data action at the vault itself', async () => {
    const input = operation.parse(vaultRequest({ path: { name: 'a' } }))
    assert.deepEqual(await requirementsOf(operation, input), [
      {
        anyOf: [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action' }],
        scope: samplePreparation.place.scope,
        attributes: {
          '@Resource[Microsoft.KeyVault/vaults:name]': 'kv1',
          '@Resource[Microsoft.KeyVault/vaults/secrets:name]': 'a',
        },
      },
    ])
  })

  test('is recorded by its path', () => {
    const request = vaultRequest({ path: { name: 'Db' } })
    assert.equal(operation.audit.operationName, 'SecretListVersions')
    assert.deepEqual(operation.audit.view(operation.parse(request), request, undefined), {
      requestUri: 'https://kv1.vault.azure.net/secrets/Db/versions?api-version=7.4&maxresults=25',
    })
  })

  test('refuses a bad name', () => {
    const bad = vaultRequest({ path: { name: 'a_b' } })
    assert.throws(() => operation.parse(bad), refusalOf('malformed', 'BadParameter', /invalid name: a_b$/))
  })
})
