import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePreparation,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { createUpdateSecret } from './update-secret.ts'

const operation = sampleOperation(createUpdateSecret)
const version = '0123456789abcdef0123456789abcdef'
const request = vaultRequest({ path: { name: 'Db', version }, body: { attributes: { enabled: false } } })

describe('updateSecret', () => {
  test('writes at one path with or without a version', () => {
    assert.deepEqual(
      [operation.id, operation.method, operation.path, operation.access],
      ['updateSecret', 'PATCH', '/secrets/{name}/{version?}', 'write'],
    )
  })

  test('needs the update data action at the secret', async () => {
    const [requirement] = await requirementsOf(operation, operation.parse(request))
    assert.deepEqual(requirement.anyOf, [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/update/action' }])
    assert.equal(requirement.scope.path, `${samplePreparation.place.scope.path}/secrets/db`)
  })

  test('is recorded with the version asked for', () => {
    assert.equal(operation.audit.operationName, 'SecretUpdate')
    assert.deepEqual(operation.audit.view(operation.parse(request), request, undefined), {
      id: `https://kv1.vault.azure.net/secrets/Db/${version}`,
      requestUri: `https://kv1.vault.azure.net/secrets/Db/${version}?api-version=7.4`,
    })
  })

  test('refuses a body that is no object', () => {
    const bad = vaultRequest({ path: { name: 'a' }, body: [] })
    assert.throws(() => operation.parse(bad), refusalOf('malformed', 'BadParameter', /JSON object/))
  })
})
