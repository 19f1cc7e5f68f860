import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from '../command-error.ts'
import { openRemoteChannel, peerAt } from './channel.ts'

describe('a channel to a server elsewhere', () => {
  for (const [authority, peer] of [
    ['KV1.Vault.Example.com:8443', { host: 'kv1.vault.example.com', port: 8443, servername: 'kv1.vault.example.com' }],
    ['login.example.com', { host: 'login.example.com', port: 443, servername: 'login.example.com' }],
    ['kv1.vault.localhost:8443', { host: '127.0.0.1', port: 8443, servername: 'kv1.vault.localhost' }],
  ] as const) {
    test(`reaches ${authority} at ${peer.host}:${peer.port}`, () => {
      assert.deepEqual(peerAt(authority), peer)
    })
  }

  for (const host of [
    'localhost:1/.vault.example.com',
    'localhost:1?.vault.example.com',
    'localhost:1#.vault.example.com',
    'localhost:1\\.vault.example.com',
    'kv1.vault.example.com@localhost:1',
    'local\thost:1',
    'localhost:01',
    '127.1:1',
    '１27.0.0.1:1',
    'localhost:99999',
    '',
  ]) {
    test(`sends nothing to the authority ${JSON.stringify(host)}, which a URL would read otherwise`, async () => {
      const channel = openRemoteChannel(undefined)
      await assert.rejects(
        channel.send({ host, method: 'GET', path: '/', headers: { authorization: 'Bearer token' } }),
        new CommandError('This is not the name of a host, so that nothing was sent to it.', 2),
      )
      channel.close()
    })
  }
})
