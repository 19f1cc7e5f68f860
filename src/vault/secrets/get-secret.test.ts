import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SecretValue } from '#base/secret-value.ts'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePreparation,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { recoveryOf } from '../wire.ts'
import { createGetSecret } from './get-secret.ts'

const operation = sampleOperation(createGetSecret)
const version = '0123456789abcdef0123456789abcdef'
const read = {
  properties: {
    name: 'Db',
    version,
    contentType: undefined,
    enabled: true,
    notBeforeSeconds: undefined,
    expiresSeconds: undefined,
    createdSeconds: 1,
    updatedSeconds: 1,
    tagsJson: undefined,
    previousVersion: undefined,
  },
  valueJson: SecretValue.fromText('"canary-9d"'),
  recovery: recoveryOf(90, true),
  assignmentId: 'aaaa-bb',
}

describe('getSecret', () => {
  test('reads at one path with or without a version', () => {
    assert.deepEqual(
      [operation.id, operation.method, operation.path, operation.access, operation.moves],
      ['getSecret', 'GET', '/secrets/{name}/{version?}', 'read', undefined],
    )
  })

  test('needs the getSecret data action at the secret, whatever its letter case', async () => {
    for (const name of ['Db', 'db']) {
      const input = operation.parse(vaultRequest({ path: { name } }))
      const [requirement, ...rest] = await requirementsOf(operation, input)
      assert.deepEqual(rest, [])
      assert.deepEqual(requirement, {
        anyOf: [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/getSecret/action' }],
        scope: {
          segments: [...samplePreparation.place.scope.segments, 'secrets', 'db'],
          path: `${samplePreparation.place.scope.path}/secrets/db`,
        },
        attributes: {
          '@Resource[Microsoft.KeyVault/vaults:name]': 'kv1',
          '@Resource[Microsoft.KeyVault/vaults/secrets:name]': name,
        },
      })
    }
  })

  test('answers with the value, and names the assignment that allowed it', () => {
    const response = operation.respond(read, vaultRequest({ origin: 'https://kv1.vault.localhost:8443' }))
    assert.deepEqual(response, {
      status: 200,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-ms-keyvault-rbac-assignment-id': 'aaaabb',
      },
      body: `{"value":"canary-9d","id":"https://kv1.vault.localhost:8443/secrets/Db/${version}","attributes":{"enabled":true,"created":1,"updated":1,"recoveryLevel":"Recoverable","recoverableDays":90}}`,
    })
  })

  test('is recorded with the version read, and without it when nothing was read', () => {
    const request = vaultRequest({ path: { name: 'Db' }, query: { 'api-version': '7.4', _: 'canary' } })
    const input = operation.parse(request)
    assert.equal(operation.audit.operationName, 'SecretGet')
    assert.deepEqual(operation.audit.view(input, request, read), {
      id: `https://kv1.vault.azure.net/secrets/Db/${version}`,
      requestUri: 'https://kv1.vault.azure.net/secrets/Db?api-version=7.4',
      version,
    })
    assert.deepEqual(operation.audit.view(input, request, undefined), {
      id: 'https://kv1.vault.azure.net/secrets/Db',
      requestUri: 'https://kv1.vault.azure.net/secrets/Db?api-version=7.4',
    })
  })

  test('is recorded as it was asked for, whatever was asked for before', () => {
    const uris = new Map([
      ['https://kv1.vault.azure.net/secrets/Db?api-version=7.4', {}],
      ['https://kv1.vault.localhost:8443/secrets/Db?api-version=7.4', { origin: 'https://kv1.vault.localhost:8443' }],
      ['https://kv1.vault.azure.net/secrets/DB?api-version=7.4', { path: { name: 'DB' } }],
      ['https://kv1.vault.azure.net/secrets/Db?api-version=7.5', { apiVersion: '7.5' }],
      [`https://kv1.vault.azure.net/secrets/Db/${version}?api-version=7.4`, { path: { name: 'Db', version } }],
    ])
    for (let turn = 0; turn < 2; turn++) {
      for (const [requestUri, parts] of uris) {
        const request = vaultRequest({ path: { name: 'Db' }, ...parts })
        const view = operation.audit.view(operation.parse(request), request, read)
        const base = requestUri.slice(0, requestUri.toLowerCase().indexOf('/db') + 3)
        assert.deepEqual(view, { id: `${base}/${version}`, requestUri, version })
      }
    }
  })

  test('refuses forms it cannot give, in the api-versions that have them', () => {
    const ask = (apiVersion: string) =>
      operation.parse(vaultRequest({ path: { name: 'a' }, apiVersion, query: { outcontenttype: 'text/plain' } }))
    assert.throws(() => ask('2025-07-01'), refusalOf('malformed', 'BadParameter', /outContentType/))
    assert.equal(ask('7.6').contentType, undefined)
  })
})
