import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { trustGuid } from '#base/ids.ts'
import type { Freshness, Reader } from '#storage/database.ts'
import { samplePlace } from '../../../test/support/vault-fixtures.ts'
import { VaultRules } from './vault-rules.ts'

function row(change: object = {}, retentionDays = 90) {
  const settings = {
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
  }
  return { properties_json: JSON.stringify(settings), retention_days: retentionDays }
}

const at = (generation: number) => ({ generation, epoch: 1 })

/** A reader that has nothing to read: what is asked must be known. */
function sampleReader(freshness: Freshness): Reader {
  const refuse = (): never => assert.fail('nothing was to be read')
  return {
    tenant: samplePlace.tenant,
    freshness,
    now: new Date(0),
    rows: refuse,
    get kysely() {
      return refuse()
    },
  }
}

describe('the rules of vaults', () => {
  test('are known at exactly the generation they were read at', () => {
    const rules = new VaultRules()
    assert.equal(rules.cached(samplePlace, at(3)), undefined)
    const kept = rules.keep(samplePlace, row(), 3)
    assert.equal(rules.cached(samplePlace, at(3)), kept)
    for (const generation of [2, 4]) assert.equal(rules.cached(samplePlace, at(generation)), undefined)
    const other = { ...samplePlace, id: trustGuid('99999999-9999-4999-8999-999999999999') }
    assert.equal(rules.cached(other, at(3)), undefined)
  })

  test('are compiled anew only when the settings changed', () => {
    const rules = new VaultRules()
    const kept = rules.keep(samplePlace, row(), 3)
    assert.equal(rules.keep(samplePlace, row(), 4), kept)
    assert.notEqual(rules.keep(samplePlace, row({ networkDefaultAction: 'Deny' }), 5), kept)
  })

  test('go with what operations ask of the vault, which a longer retention alone changes too', async () => {
    const rules = new VaultRules()
    const reader = (generation: number) => sampleReader(at(generation))
    rules.keep(samplePlace, row({ purgeProtection: true }, 7), 3)
    const short = await rules.factsAt(reader(3), samplePlace)
    assert.deepEqual(short, { recovery: { level: 'CustomizedRecoverable', days: 7 }, purgeProtection: true })
    rules.keep(samplePlace, row({ purgeProtection: true }, 7), 4)
    assert.equal(await rules.factsAt(reader(4), samplePlace), short)
    rules.keep(samplePlace, row({ purgeProtection: true }, 90), 5)
    const long = await rules.factsAt(reader(5), samplePlace)
    assert.deepEqual(long, { recovery: { level: 'Recoverable', days: 90 }, purgeProtection: true })
  })

  test('that were read earlier do not take the place of newer ones', () => {
    const rules = new VaultRules()
    const newer = rules.keep(samplePlace, row({ networkDefaultAction: 'Deny' }), 5)
    const older = rules.keep(samplePlace, row(), 4)
    assert.notEqual(older, newer)
    assert.equal(rules.cached(samplePlace, at(5)), newer)
    assert.equal(rules.cached(samplePlace, at(4)), undefined)
  })

  test('have access policies only where roles do not decide', () => {
    const rules = new VaultRules()
    assert.equal(rules.keep(samplePlace, row(), 1).accessPolicies, undefined)
    assert.notEqual(rules.keep(samplePlace, row({ rbacAuthorization: false }), 2).accessPolicies, undefined)
  })

  test('of a document that lacks a member are not guessed', () => {
    for (const member of ['networkDefaultAction', 'ipRules', 'publicNetworkAccess', 'rbacAuthorization']) {
      const damaged = row({ [member]: undefined })
      assert.throws(() => new VaultRules().keep(samplePlace, damaged, 1), { code: 'RowBroken' })
    }
  })
})
