import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resourceKinds } from './resource-kinds.ts'

describe('the kinds of resource', () => {
  test('are deleted dependents first: an app before its environment, and what they use after both', () => {
    assert.deepEqual(
      resourceKinds.map(({ type }) => type),
      [
        'Microsoft.App/containerApps',
        'Microsoft.App/managedEnvironments',
        'Microsoft.OperationalInsights/workspaces',
        'Microsoft.ManagedIdentity/userAssignedIdentities',
        'Microsoft.KeyVault/vaults',
      ],
    )
  })

  test('are read by the action of their own type', () => {
    for (const { type, read } of resourceKinds) assert.deepEqual(read, { kind: 'control', name: `${type}/read` })
  })

  test('hold scopes of their own in vaults alone', () => {
    for (const { type, children } of resourceKinds) {
      const expected = type === 'Microsoft.KeyVault/vaults' ? ['secrets', 'keys', 'certificates'] : []
      assert.deepEqual([type, ...children], [type, ...expected])
    }
  })
})
