import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeCloud } from './cloud-profile.ts'

describe('the cloud of an installation', () => {
  test('is reached under its own names, with the port', () => {
    assert.deepEqual(describeCloud({ domain: 'localhost', port: 8443 }), {
      endpoints: {
        management: 'https://management.core.windows.net/',
        resourceManager: 'https://management.localhost:8443',
        activeDirectory: 'https://login.localhost:8443',
        activeDirectoryResourceId: 'https://management.core.windows.net/',
        activeDirectoryGraphResourceId: 'https://graph.windows.net/',
        microsoftGraphResourceId: 'https://graph.localhost:8443/',
        portal: 'https://portal.localhost:8443',
      },
      suffixes: { keyvaultDns: '.vault.localhost:8443' },
    })
  })

  test('names no port where it is that of https', () => {
    const { endpoints, suffixes } = describeCloud({ domain: 'vaults.example.com', port: 443 })
    assert.equal(endpoints['resourceManager'], 'https://management.vaults.example.com')
    assert.equal(suffixes['keyvaultDns'], '.vault.vaults.example.com')
  })
})
