import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { samplePlace } from '../../../test/support/vault-fixtures.ts'
import { requireAtSecret, requireAtVault } from './secret-requirements.ts'

const getSecret = requireAtSecret('secrets/getSecret/action')

describe('what an operation requires', () => {
  test('is one data action at the secret', () => {
    const [requirement, ...rest] = getSecret(samplePlace, 'a')
    assert.deepEqual(rest, [])
    assert.deepEqual(requirement.anyOf, [{ kind: 'data', name: 'Microsoft.KeyVault/vaults/secrets/getSecret/action' }])
    assert.equal(requirement.scope.path, `${samplePlace.scope.path}/secrets/a`)
  })

  test('is remembered by vault and secret, and by nothing less', () => {
    const otherPlace = { ...samplePlace, scope: { segments: ['x'], path: '/x' } }
    assert.equal(getSecret(samplePlace, 'a'), getSecret(samplePlace, 'a'))
    assert.equal(getSecret(samplePlace, 'b')[0].scope.path, `${samplePlace.scope.path}/secrets/b`)
    assert.equal(getSecret(otherPlace, 'a')[0].scope.path, '/x/secrets/a')
    const setSecret = requireAtSecret('secrets/setSecret/action')
    assert.equal(setSecret(samplePlace, 'a')[0].anyOf[0].name, 'Microsoft.KeyVault/vaults/secrets/setSecret/action')
  })

  test('for lists is the action at the vault itself', () => {
    const [requirement] = requireAtVault('secrets/readMetadata/action')(samplePlace)
    assert.equal(requirement.scope, samplePlace.scope)
    assert.equal(requirement.anyOf[0].name, 'Microsoft.KeyVault/vaults/secrets/readMetadata/action')
  })

  test('stays right beyond what is remembered', () => {
    for (let at = 0; at < 5000; at++) {
      assert.equal(getSecret(samplePlace, `n${at}`)[0].scope.segments.at(-1), `n${at}`)
    }
  })
})
