import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from '../command-error.ts'
import { namesFromMetadata } from './server-metadata.ts'

function metadataOf(domain: string, changes: object = {}): object {
  return {
    name: 'Strongroom',
    resourceManager: `https://management.${domain}/`,
    authentication: { loginEndpoint: `https://login.${domain}` },
    graph: `https://graph.${domain}`,
    microsoftGraphResourceId: `https://graph.${domain}/`,
    suffixes: { keyVaultDns: `vault.${domain}` },
    ...changes,
  }
}

describe('the metadata of the server whose authority was named', () => {
  for (const domain of ['vaults.example.com', 'vaults.example.com:8443', 'localhost:8443']) {
    test(`gives the hosts under ${domain}`, () => {
      assert.deepEqual(namesFromMetadata(`login.${domain}`, metadataOf(domain)), {
        environmentName: 'Strongroom',
        management: `management.${domain}`,
        graph: `graph.${domain}`,
        vaultSuffix: `vault.${domain}`,
      })
    })
  }

  test('may spell its names in capitals, with the port of https, or with a dot first', () => {
    const metadata = metadataOf('example.com', {
      authentication: { loginEndpoint: 'https://LOGIN.example.com:443/' },
      suffixes: { keyVaultDns: '.Vault.example.com:443' },
    })
    assert.equal(namesFromMetadata('login.example.com', metadata).vaultSuffix, 'vault.example.com')
  })

  const login = 'login.example.com:8443'
  for (const [what, changes, said] of [
    ['login', { authentication: { loginEndpoint: 'https://evil.example' } }, 'evil.example'],
    ['login', { authentication: { loginEndpoint: 'https://login.example.com' } }, 'login.example.com'],
    [
      'login',
      { authentication: { loginEndpoint: 'https://login.evil.example.com:8443' } },
      'login.evil.example.com:8443',
    ],
    ['login', { authentication: { loginEndpoint: 'https://login.example.com:8443@evil.example' } }, 'evil.example'],
    ['login', { authentication: { loginEndpoint: 'https://login.microsoftonline.com' } }, 'login.microsoftonline.com'],
    ['login', { authentication: { loginEndpoint: 'login' } }, ''],
    ['management', { resourceManager: 'https://management.azure.com/' }, 'management.azure.com'],
    ['graph', { microsoftGraphResourceId: 'https://graph.microsoft.com/' }, 'graph.microsoft.com'],
    ['graph', { microsoftGraphResourceId: undefined, graph: 'https://graph.evil.com:8443' }, 'graph.evil.com:8443'],
    ['graph', { microsoftGraphResourceId: undefined, graph: undefined }, ''],
    ['vault', { suffixes: { keyVaultDns: 'vault.azure.net' } }, 'vault.azure.net'],
    ['vault', { suffixes: { keyVaultDns: 'evil.example/.vault.example.com:8443' } }, 'evil.example'],
    ['vault', { suffixes: { keyVaultDns: 'vault.example.com:9443' } }, 'vault.example.com:9443'],
  ] as const) {
    test(`is refused when it says that ${what} is at ${said === '' ? 'no host' : said}: ${JSON.stringify(changes)}`, () => {
      assert.throws(
        () => namesFromMetadata(login, metadataOf('example.com:8443', changes)),
        new CommandError(
          `The server at management.example.com:8443 says that its ${what} is at '${said}', not at '${what}.example.com:8443'. ` +
            'No secret was sent.',
          1,
        ),
      )
    })
  }

  test('is refused when it is of another kind, without its words', () => {
    for (const body of [undefined, [], { name: 'canary' }]) {
      assert.throws(
        () => namesFromMetadata(login, body),
        new CommandError('The server at management.example.com:8443 gave metadata that cannot be read.', 1),
      )
    }
  })
})
