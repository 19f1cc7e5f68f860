import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sampleDependencies } from '../../test/support/vault-fixtures.ts'
import { createVaultSurface } from './surface.ts'

const surface = createVaultSurface(sampleDependencies, () => ({ outcome: 'refused', reason: 'missing', signed: false }))

describe('the vault surface', () => {
  test('serves each operation once', () => {
    const ids = surface.operations.map((operation) => operation.id)
    assert.deepEqual(ids, [
      'getSecret',
      'getSecrets',
      'getSecretVersions',
      'setSecret',
      'updateSecret',
      'deleteSecret',
      'getDeletedSecret',
      'getDeletedSecrets',
      'recoverDeletedSecret',
      'purgeDeletedSecret',
      'backupSecret',
      'restoreSecret',
    ])
    const routes = surface.operations.map(({ method, path }) => `${method} ${path}`)
    assert.equal(new Set(routes).size, routes.length)
  })

  test('has no operation that is open, and none without an audit rule', () => {
    for (const operation of surface.operations) {
      assert.equal(operation.open, undefined, operation.id)
      assert.ok(operation.audit !== undefined, operation.id)
    }
  })

  test('takes bodies of 256 KiB and every api-version by date', () => {
    assert.equal(surface.maximumBodyBytes, 262_144)
    assert.equal(surface.apiVersions, 'newest-not-later')
  })
})
