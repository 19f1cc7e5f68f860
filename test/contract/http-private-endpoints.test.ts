import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PrivateEndpoint } from '#http/create-http.ts'
import { exchange, sampleCaller, samplePlace, startTestHttp, type TestHttp } from '../support/http-fixture.ts'
import { RawClient } from '../support/raw-client.ts'

const host = 'kv1.vault.azure.net'

describe('private endpoints', () => {
  let server: TestHttp
  let office: PrivateEndpoint
  let lab: PrivateEndpoint
  const clients: RawClient[] = []

  before(async () => {
    server = await startTestHttp({
      privateEndpoints: [
        { name: 'office', address: '127.0.0.1', port: 0 },
        { name: 'lab', address: '::1', port: 0 },
      ],
    })
    const [first, second] = server.addresses.privateEndpoints
    assert.ok(first !== undefined && second !== undefined)
    office = first
    lab = second
  })
  after(async () => {
    for (const client of clients) client.close()
    await server.close()
  })

  async function nameSeenAt(port: number, address: string, headers: Readonly<Record<string, string>> = {}) {
    const client = new RawClient(port, { address })
    clients.push(client)
    const answer = await client.send({ path: '/public', host, headers })
    assert.equal(answer.status, 200, answer.text)
    return JSON.parse(answer.text).privateEndpoint
  }

  test('have a listener each, and what comes in there carries the name', async () => {
    assert.deepEqual(
      [office, lab].map(({ name, address }) => [name, address]),
      [
        ['office', '127.0.0.1'],
        ['lab', '::1'],
      ],
    )
    assert.equal(await nameSeenAt(office.port, office.address), 'office')
    assert.equal(await nameSeenAt(lab.port, lab.address), 'lab')
  })

  test('give no name to what comes in elsewhere, whatever it says', async () => {
    const headers = { 'x-private-endpoint': 'office', 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' }
    assert.equal(await nameSeenAt(server.addresses.httpsPort, '127.0.0.1', headers), undefined)
    assert.equal(await nameSeenAt(server.addresses.httpsPort, '::1', headers), undefined)
    assert.equal(await nameSeenAt(lab.port, lab.address, headers), 'lab')
  })

  test('listen on no address but their own', async () => {
    const client = new RawClient(office.port, { address: '::1' })
    clients.push(client)
    await assert.rejects(client.send({ path: '/public', host }), { code: 'ECONNREFUSED' })
  })

  test('are not reached through the proxy of sessions', async () => {
    const { credentials } = server.sessions.create({
      kind: 'operator',
      tenant: samplePlace.tenant,
      principal: sampleCaller.principal,
      clientId: sampleCaller.clientId,
      resourceId: undefined,
      displayName: 'operator',
      osUserId: 0,
      attached: true,
      expiresAt: undefined,
    })
    const login = Buffer.from(`${credentials.proxyUser}:${credentials.proxyPassword}`).toString('base64')
    for (const target of [`127.0.0.1:${office.port}`, `localhost:${office.port}`, `[::1]:${lab.port}`]) {
      const request = `CONNECT ${target} HTTP/1.1\r\nProxy-Authorization: Basic ${login}\r\n\r\n`
      assert.match((await exchange(server.addresses.proxyPort, request)).text, /^HTTP\/1\.1 403 /)
    }
  })
})
