import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { trustGuid } from '#base/ids.ts'
import { samplePlace } from '../../../test/support/vault-fixtures.ts'
import { VaultRules } from './vault-rules.ts'

function document(change: object = {}): string {
  return JSON.stringify({
    sku: 'standard',
    enabledForDeployment: false,
    enabledForDiskEncryption: false,
    enabledForTemplateDeployment: false,
    purgeProtection: false,
    networkBypass: 'None',
    networkDefaultAction: 'Allow',
    ipRules: [],
    virtualNetworkRules: [],
    publicNetworkAccess: 'Enabled',
    privateEndpointConnections: [],
    rbacAuthorization: true,
    accessPolicies: [],
    ...change,
  })
}

const at = (generation: number) => ({ generation, epoch: 1 })

describe('the rules of vaults', () => {
  test('are known at exactly the generation they were read at', () => {
    const rules = new VaultRules()
    assert.equal(rules.cached(samplePlace, at(3)), undefined)
    const kept = rules.keep(samplePlace, document(), 3)
    assert.equal(rules.cached(samplePlace, at(3)), kept)
    for (const generation of [2, 4]) assert.equal(rules.cached(samplePlace, at(generation)), undefined)
    const other = { ...samplePlace, id: trustGuid('99999999-9999-4999-8999-999999999999') }
    assert.equal(rules.cached(other, at(3)), undefined)
  })

  test('are compiled anew only when the settings changed', () => {
    const rules = new VaultRules()
    const kept = rules.keep(samplePlace, document(), 3)
    assert.equal(rules.keep(samplePlace, document(), 4), kept)
    assert.notEqual(rules.keep(samplePlace, document({ networkDefaultAction: 'Deny' }), 5), kept)
  })

  test('that were read earlier do not take the place of newer ones', () => {
    const rules = new VaultRules()
    const newer = rules.keep(samplePlace, document({ networkDefaultAction: 'Deny' }), 5)
    const older = rules.keep(samplePlace, document(), 4)
    assert.notEqual(older, newer)
    assert.equal(rules.cached(samplePlace, at(5)), newer)
    assert.equal(rules.cached(samplePlace, at(4)), undefined)
  })

  test('have access policies only where roles do not decide', () => {
    const rules = new VaultRules()
    assert.equal(rules.keep(samplePlace, document(), 1).accessPolicies, undefined)
    assert.notEqual(rules.keep(samplePlace, document({ rbacAuthorization: false }), 2).accessPolicies, undefined)
  })

  test('of a document that lacks a member are not guessed', () => {
    for (const member of ['networkDefaultAction', 'ipRules', 'publicNetworkAccess', 'rbacAuthorization']) {
      const damaged = document({ [member]: undefined })
      assert.throws(() => new VaultRules().keep(samplePlace, damaged, 1), { code: 'RowBroken' })
    }
  })
})
