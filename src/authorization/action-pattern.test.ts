import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileActionPattern } from './action-pattern.ts'

const read = 'microsoft.keyvault/vaults/read'
const getSecret = 'microsoft.keyvault/vaults/secrets/getsecret/action'

describe('an action pattern', () => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['*', read, true],
    ['*', '', true],
    ['Microsoft.KeyVault/vaults/read', read, true],
    ['MICROSOFT.KEYVAULT/VAULTS/READ', read, true],
    ['Microsoft.KeyVault/vaults/rea', read, false],
    ['icrosoft.KeyVault/vaults/read', read, false],
    ['*/read', read, true],
    ['*/read', getSecret, false],
    ['*/read', 'read', false],
    ['Microsoft.KeyVault/vaults/*', getSecret, true],
    ['Microsoft.KeyVault/vaults/*', 'microsoft.keyvault/vaults', false],
    ['Microsoft.KeyVault/vaults/*', 'microsoft.keyvault/vaultsextra/read', false],
    ['Microsoft.KeyVault/*/action', getSecret, true],
    ['Microsoft.KeyVault/*/getSecret/*', getSecret, true],
    ['*/vaults/*/getSecret/*', getSecret, true],
    ['*/getSecret/*/action', getSecret, true],
    ['Microsoft.KeyVault/vaults/*/read', read, true],
    ['Microsoft.KeyVault/vaults/*/*/read', read, true],
    ['Microsoft.KeyVault/vaults/*/read', 'microsoft.keyvault/vaultsread', false],
    ['Microsoft.KeyVault/vaults/*/read', 'microsoft.keyvault/vaults/secrets/read', true],
    ['Microsoft.KeyVault/vaults*/read', read, true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a**b', 'ab', true],
    ['a*b*c', 'abxbc', true],
    ['a*b*c', 'acb', false],
    ['', '', true],
    ['', 'a', false],
  ]
  for (const [pattern, name, matches] of cases) {
    test(`${pattern || '(empty)'} ${matches ? 'covers' : 'does not cover'} ${name || '(empty)'}`, () => {
      assert.equal(compileActionPattern(pattern).matches(name), matches)
    })
  }

  test('takes linear time for a pattern made to make backtracking matchers hang', () => {
    const pattern = compileActionPattern(`${'*a'.repeat(250)}b`)
    assert.equal(pattern.matches('a'.repeat(5000)), false)
  })
})
