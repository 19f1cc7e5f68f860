import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from '../command-error.ts'
import { createServerClient, type ServerClient } from './server-client.ts'

/** A client of a server whose channel and credential note what they are asked for. */
function clientThatNotes(): { readonly client: ServerClient; readonly asked: readonly string[] } {
  const asked: string[] = []
  const client = createServerClient({
    account: {
      subscriptionId: 'subscription',
      subscriptionName: 'Strongroom',
      tenantId: 'tenant',
      environmentName: 'AzureCloud',
      user: { name: 'operator', type: 'user' },
    },
    names: {
      management: 'management.localhost:8443',
      graph: 'graph.localhost:8443',
      vaultSuffix: 'vault.localhost:8443',
    },
    channel: {
      async send({ host, path }) {
        asked.push(`https://${host}${path}`)
        return { status: 200, headers: {}, text: '{"value":[]}' }
      },
      close: () => undefined,
    },
    credential: {
      async token(resource) {
        asked.push(`token for ${resource}`)
        return { text: 'token', expiresOnEpochSeconds: 0 }
      },
      close: async () => undefined,
    },
    trace: () => undefined,
    waiting: () => undefined,
  })
  return { client, asked }
}

const request = { method: 'GET', path: '/secrets/s1' } as const

describe("a request to a vault's data plane", () => {
  for (const name of ['kv1', 'KV-Login', 'a23456789012345678901234']) {
    test(`goes to the host of '${name}'`, async () => {
      const { client, asked } = clientThatNotes()
      await client.vault(name, request)
      assert.deepEqual(asked, [
        'token for https://vault.azure.net',
        `https://${name.toLowerCase()}.vault.localhost:8443/secrets/s1`,
      ])
    })
  }

  for (const name of [
    '',
    'kv',
    'a234567890123456789012345',
    'evil.example/',
    'evil.example?',
    'evil.example#',
    'evil.example\\',
    'evil.example:443',
    'evil.example:443/',
    'u@evil.example/',
    'kv1.evil',
    'kv1\n',
    'kv1\r\nhost: evil.example',
    'kv--1',
    'kv 1',
    'kv%2f',
    'kv１',
  ]) {
    test(`is not made, nor a token asked for, for the name ${JSON.stringify(name)}`, async () => {
      const { client, asked } = clientThatNotes()
      const refusal = new CommandError(
        `The vault name '${name}' is not valid: a vault's name has 3 to 24 letters, digits and single hyphens.`,
        1,
      )
      await assert.rejects(client.vault(name, request), refusal)
      await assert.rejects(client.list({ vault: name }, request), refusal)
      assert.deepEqual(asked, [])
    })
  }
})
