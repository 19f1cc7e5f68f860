import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createPeerUsers } from '#identity/peer-user.ts'

describe('peers as this system lists them', { skip: process.platform === 'linux' ? false : 'Linux only' }, () => {
  for (const address of ['127.0.0.1', '::1', '127.0.0.2']) {
    test(`a connection from ${address} is this user's`, async () => {
      const host = address === '::1' ? '::1' : '127.0.0.1'
      const listening = createServer()
      listening.listen(0, host)
      await once(listening, 'listening')
      const bound = listening.address()
      if (bound === null || typeof bound === 'string') assert.fail('The server has no port.')
      const arrival: Promise<Socket[]> = once(listening, 'connection')
      const outgoing = connect({ port: bound.port, host, localAddress: address })
      const [incoming] = await arrival
      try {
        const seen = {
          clientAddress: incoming?.remoteAddress ?? '',
          remotePort: incoming?.remotePort ?? 0,
          localPort: incoming?.localPort ?? 0,
        }
        assert.equal(await createPeerUsers().userOf(seen), process.getuid?.())
        assert.equal(await createPeerUsers().userOf({ ...seen, clientAddress: '127.0.0.3' }), undefined)
      } finally {
        outgoing.destroy()
        incoming?.destroy()
        listening.close()
      }
    })
  }
})
