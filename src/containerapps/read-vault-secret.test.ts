import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tryParseSecretUrl } from '#base/secret-url.ts'
import { explainRefusal } from './read-vault-secret.ts'

const latest = tryParseSecretUrl('https://kv1.vault.azure.net/secrets/db')
const pinned = tryParseSecretUrl(`https://kv1.vault.azure.net/secrets/db/${'a'.repeat(32)}`)

function explain(code: string, message = '', url = latest): string {
  assert.ok(url !== undefined)
  return explainRefusal({ error: { code: 'Forbidden', message, innererror: { code } } }, url)
}

describe('why a vault gave no value', () => {
  test('a missing role is named by action and scope, and by what stands in the way', () => {
    const lines = ['Caller: x', "Action: 'a/b/action'", "Resource: '/subscriptions/s/vaults/kv1/secrets/db'"]
    const expected = "it is not allowed the action 'a/b/action' at the scope '/subscriptions/s/vaults/kv1/secrets/db'"
    assert.equal(explain('ForbiddenByRbac', [...lines, 'DecisionReason: null '].join('\r\n')), expected)
    assert.equal(
      explain('ForbiddenByRbac', [...lines, "DecisionReason: 'DenyAssignment' "].join('\r\n')),
      `${expected} (DenyAssignment)`,
    )
  })

  test('a firewall is named with the address', () => {
    const message = 'Client address is not authorized.\r\nClient address: 10.0.0.1\r\nCaller: x'
    assert.match(explain('ForbiddenByFirewall', message), /'kv1' does not admit the address 10\.0\.0\.1/)
  })

  test('what is absent or disabled is named, with its version if one was asked for', () => {
    assert.equal(explain('SecretDisabled'), "secret 'db' in key vault 'kv1' is disabled")
    assert.equal(
      explain('SecretNotFound', '', pinned),
      `there is no secret 'db' of version '${'a'.repeat(32)}' in key vault 'kv1'`,
    )
  })

  test('anything else is told in the first line of the vault’s own words', () => {
    assert.equal(explain('ForbiddenByConnection', 'Closed.\r\nCaller: x'), "key vault 'kv1' answers: Closed.")
    assert.ok(latest !== undefined)
    assert.equal(explainRefusal(null, latest), "key vault 'kv1' answers: ")
  })
})
