import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePreparation,
  sampleSealer,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { createSetSecret } from './set-secret.ts'

const operation = sampleOperation(createSetSecret)
const request = vaultRequest({ method: 'PUT', path: { name: 'Db' }, body: { value: 'canary-3a' } })

describe('setSecret', () => {
  test('writes at the name, which has no version', () => {
    assert.deepEqual(
      [operation.id, operation.method, operation.path, operation.access],
      ['setSecret', 'PUT', '/secrets/{name}', 'write'],
    )
  })

  test('needs the setSecret data action at the secret', async () => {
    const [requirement] = await requirementsOf(operation, operation.parse(request))
    assert.deepEqual(requirement.anyOf, [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' }])
    assert.equal(requirement.scope.path, `${samplePreparation.place.scope.path}/secrets/db`)
  })

  test('seals before the transaction, under a random version', async () => {
    const input = operation.parse(request)
    const one = await operation.prepare?.(samplePreparation, input)
    const other = await operation.prepare?.(samplePreparation, input)
    assert.ok(one !== undefined && other !== undefined)
    assert.match(one.version, /^[0-9a-f]{32}$/)
    assert.notEqual(one.version, other.version)
    assert.equal(one.sealedValue.includes('canary'), false)
    const { place } = samplePreparation
    const binding = [place.tenant, place.id, 'secret', 'db', one.version, 'data-key']
    assert.equal(sampleSealer.open(one.sealedKey, binding).length, 32)
  })

  test('refuses a bad name before it looks at the body', () => {
    const bad = vaultRequest({ path: { name: 'a.b' }, body: Buffer.from('{') })
    assert.throws(() => operation.parse(bad), refusalOf('malformed', 'BadParameter', /invalid name: a\.b$/))
  })

  test('shows nothing of the value when the input is printed or recorded', () => {
    const input = operation.parse(request)
    assert.equal(JSON.stringify(input).includes('canary'), false)
    assert.equal(operation.audit.operationName, 'SecretSet')
    assert.deepEqual(operation.audit.view(input, request, undefined), {
      id: 'https://kv1.vault.azure.net/secrets/Db',
      requestUri: 'https://kv1.vault.azure.net/secrets/Db?api-version=7.4',
    })
  })
})
