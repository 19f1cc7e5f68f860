import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createPeerUsers } from './peer-user.ts'

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const connection = { clientAddress: '127.0.0.1', remotePort: 40_000, localPort: 8481 }

function row(local: string, remote: string, user: number, state = '01'): string {
  return `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 12345 1 0000 20 4 30 10 -1\n`
}

/** Ports 40000 and 8481 as the kernel writes them. */
const client = '0100007F:9C40'
const server = '0100007F:2121'

function userIn(tcp: string, tcp6 = '', seen = connection): Promise<number | undefined> {
  const tables = new Map([
    ['/proc/net/tcp', head + tcp],
    ['/proc/net/tcp6', head + tcp6],
  ])
  return createPeerUsers(async (path) => tables.get(path) ?? assert.fail(path)).userOf(seen)
}

describe('the OS user at the other end of a connection', () => {
  test("is that of the client's own socket, not of the server's", async () => {
    assert.equal(await userIn(row(server, client, 0) + row(client, server, 1000)), 1000)
  })

  test('is found on IPv6 and through mapped addresses', async () => {
    const loopback6 = '00000000000000000000000001000000'
    const seen = { ...connection, clientAddress: '::1' }
    assert.equal(await userIn('', row(`${loopback6}:9C40`, `${loopback6}:2121`, 1000), seen), 1000)
    const mapped = '0000000000000000FFFF00000100007F'
    assert.equal(await userIn('', row(`${mapped}:9C40`, `${mapped}:2121`, 1000)), 1000)
    const seenMapped = { ...connection, clientAddress: '::ffff:127.0.0.1' }
    assert.equal(await userIn(row(client, server, 1000), '', seenMapped), 1000)
  })

  test('is not that of the same port on another loopback address', async () => {
    assert.equal(await userIn(row('0200007F:9C40', server, 1001)), undefined)
    assert.equal(await userIn(row('0200007F:9C40', server, 1001) + row(client, server, 1000)), 1000)
  })

  test('is unknown when no socket fits, or one that is closing', async () => {
    assert.equal(await userIn(''), undefined)
    assert.equal(await userIn(row(client, server, 1000, '06')), undefined)
    assert.equal(await userIn(row('0100007F:9C41', server, 1000)), undefined)
    assert.equal(await userIn(row(client, '0100007F:2122', 1000)), undefined)
    assert.equal(await userIn('nonsense\n'), undefined)
  })

  test('is unknown when sockets of two users fit', async () => {
    assert.equal(await userIn(row(client, server, 1000) + row(client, '0500007F:2121', 1001)), undefined)
  })

  test('is not looked for on addresses that are not loopback', async () => {
    assert.equal(await userIn(row(client, '0100000A:2121', 1000)), undefined)
  })
})
