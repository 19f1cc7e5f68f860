import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sampleCaller, sampleFacts, samplePlace } from '../../../test/support/vault-fixtures.ts'
import { NetworkRules, type NetworkSettings } from './network-rules.ts'

const open: NetworkSettings = {
  publicNetworkAccess: 'Enabled',
  networkDefaultAction: 'Allow',
  networkBypass: 'AzureServices',
  ipRules: [],
  privateEndpointConnections: [],
}

interface How {
  readonly from?: string
  readonly through?: string
  readonly trusted?: true
}

/** What a call came to: how it was let in, or the refusal's inner code. */
function outcome(settings: Partial<NetworkSettings>, { from = '203.0.113.9', through, trusted }: How = {}) {
  const admission = new NetworkRules({ ...open, ...settings }, samplePlace).admit({
    caller: sampleCaller,
    facts: { ...sampleFacts, clientAddress: from, privateEndpoint: through },
    origin: 'https://kv1.vault.azure.net:8443',
    trustedService: trusted && 'container-apps',
  })
  return admission.outcome === 'admitted' ? admission.as : admission.error.innerCode
}

describe('network rules', () => {
  test('an open vault admits everybody, listed or not', () => {
    assert.equal(outcome({}), 'public')
    assert.equal(outcome({ ipRules: ['10.0.0.0/8'] }), 'public')
    assert.equal(outcome({}, { from: '' }), 'public')
    assert.equal(outcome({}, { trusted: true }), 'public')
  })

  test('Deny admits listed addresses and, by bypass, our own runtime', () => {
    const deny = { networkDefaultAction: 'Deny', ipRules: ['203.0.113.0/24'] } as const
    assert.equal(outcome(deny), 'public')
    assert.equal(outcome(deny, { trusted: true }), 'public')
    assert.equal(outcome(deny, { from: '198.51.100.1' }), 'ForbiddenByFirewall')
    assert.equal(outcome(deny, { from: '198.51.100.1', trusted: true }), 'trusted-service')
    assert.equal(outcome({ ...deny, networkBypass: 'None' }, { from: '::1', trusted: true }), 'ForbiddenByFirewall')
  })

  test('disabled public access outranks every rule but bypass', () => {
    const disabled = { publicNetworkAccess: 'Disabled', ipRules: ['203.0.113.9'] } as const
    assert.equal(outcome(disabled), 'ForbiddenByConnection')
    assert.equal(outcome({ ...disabled, networkDefaultAction: 'Deny' }), 'ForbiddenByConnection')
    assert.equal(outcome(disabled, { trusted: true }), 'trusted-service')
    assert.equal(outcome({ ...disabled, networkBypass: 'None' }, { trusted: true }), 'ForbiddenByConnection')
  })

  test('a private endpoint needs approval, and nothing else opens it', () => {
    const connections = [
      { name: 'Office', status: 'Approved', description: '' },
      { name: 'lab', status: 'Rejected', description: '' },
      { name: 'plant', status: 'Pending', description: '' },
    ] as const
    const disabled = { publicNetworkAccess: 'Disabled', privateEndpointConnections: connections } as const
    assert.equal(outcome(disabled, { through: 'office' }), 'private-endpoint')
    assert.equal(outcome({ privateEndpointConnections: connections }, { through: 'OFFICE' }), 'private-endpoint')
    for (const through of ['lab', 'plant', 'other', '']) {
      assert.equal(outcome({ privateEndpointConnections: connections }, { through }), 'ForbiddenByConnection')
      assert.equal(outcome({}, { through, trusted: true }), 'ForbiddenByConnection')
    }
  })

  test('a stored rule that cannot be read admits nobody', () => {
    assert.equal(outcome({ networkDefaultAction: 'Deny', ipRules: ['*', '', '0/0'] }), 'ForbiddenByFirewall')
  })

  test('the same address is answered alike, however many others asked in between', () => {
    const rules = new NetworkRules({ ...open, networkDefaultAction: 'Deny', ipRules: ['10.0.0.0/24'] }, samplePlace)
    const ask = (clientAddress: string): string =>
      rules.admit({
        caller: sampleCaller,
        facts: { ...sampleFacts, clientAddress },
        origin: 'https://kv1.vault.azure.net',
        trustedService: undefined,
      }).outcome
    const addresses = Array.from({ length: 3000 }, (_, at) => `10.0.${Math.floor(at / 250)}.${at % 250}`)
    for (let round = 0; round < 2; round++) {
      assert.equal(addresses.filter((address) => ask(address) === 'admitted').length, 250)
    }
  })
})
