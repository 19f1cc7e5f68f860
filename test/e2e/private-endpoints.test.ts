import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { appToken, auditRecords, operatorToken, type RawAnswer, RawClient } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'

const value = 'made-up value b71f'

describe('a vault behind a private endpoint', () => {
  let server: RunningServer
  let made: Furnished
  let management: string
  let token: string
  let publicly: RawClient
  let office: RawClient
  let lab: RawClient

  before(async () => {
    server = await RunningServer.start({
      flags: ['--private-endpoint', 'office=127.0.0.1:0', '--private-endpoint', 'lab=[::1]:0'],
    })
    made = await furnish(server, { vault: 'kv-private', app: 'private-app' })
    await assignRole(server, made.principalId, 'Key Vault Secrets User', made.vaultId)
    await server.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'one', '--file', '/dev/stdin', '-o', 'none'],
      value,
    )
    management = await operatorToken(server, 'https://management.azure.com')
    token = await appToken(server, made.app)
    publicly = new RawClient(server.facts.httpsPort)
    const { privateEndpoints } = server.facts
    const clientOf = (name: string): RawClient => {
      const endpoint = privateEndpoints.find((candidate) => candidate.name === name)
      assert.ok(endpoint !== undefined)
      return new RawClient(endpoint.port, { address: endpoint.address })
    }
    office = clientOf('office')
    lab = clientOf('lab')
  })
  after(async () => {
    for (const client of [publicly, office, lab]) client?.close()
    await server?.remove()
  })

  const read = (client: RawClient): Promise<RawAnswer> =>
    client.send({ path: '/secrets/one?api-version=7.6', host: `${made.vault}.vault.azure.net`, token })

  async function manage(method: string, path: string, body: object): Promise<RawAnswer> {
    const answer = await publicly.send({
      method,
      path: `${made.vaultId}${path}?api-version=2026-02-01`,
      host: 'management.azure.com',
      token: management,
      body: JSON.stringify(body),
    })
    assert.equal(answer.status, 200, answer.text)
    return answer
  }

  const say = (endpoint: string, status: string): Promise<RawAnswer> =>
    manage('PUT', `/privateEndpointConnections/${endpoint}`, {
      properties: { privateLinkServiceConnectionState: { status } },
    })

  test('answers the approved network alone, from the next call on', async () => {
    assert.equal((await read(publicly)).status, 200)
    await manage('PATCH', '', { properties: { publicNetworkAccess: 'Disabled' } })
    for (const client of [publicly, office, lab]) {
      const answer = await read(client)
      assert.deepEqual(
        [answer.status, JSON.parse(answer.text).error.innererror],
        [403, { code: 'ForbiddenByConnection' }],
      )
    }
    await say('office', 'Approved')
    const allowed = await read(office)
    assert.deepEqual([allowed.status, JSON.parse(allowed.text).value], [200, value])
    for (const client of [publicly, lab]) assert.equal((await read(client)).status, 403)
    const record = (await auditRecords(server)).find(({ correlationId }) => correlationId === allowed.correlationId)
    assert.deepEqual(
      [record?.properties.isAddressAuthorized, record?.properties.privateEndpoint, record?.strongroom.decision],
      [true, 'office', 'allow'],
    )
    await say('office', 'Rejected')
    assert.equal((await read(office)).status, 403)
  })

  test('still challenges a first call without a token, wherever it comes from', async () => {
    for (const client of [publicly, office, lab]) {
      const answer = await client.send({
        path: '/secrets/one?api-version=7.6',
        host: `${made.vault}.vault.azure.net`,
      })
      assert.equal(answer.status, 401)
      assert.match(String(answer.headers['www-authenticate']), /^Bearer authorization=/)
    }
  })

  test('the firewall sees the address of the connection, also behind the proxy', async () => {
    await manage('PATCH', '', {
      properties: {
        publicNetworkAccess: 'Enabled',
        networkAcls: { bypass: 'None', defaultAction: 'Deny', ipRules: [{ value: '192.0.2.1' }] },
      },
    })
    const forged = await publicly.send({
      path: '/secrets/one?api-version=7.6',
      host: `${made.vault}.vault.azure.net`,
      token,
      headers: { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' },
    })
    assert.equal(forged.status, 403)
    assert.match(JSON.parse(forged.text).error.message, /\r\nClient address: 127\.0\.0\.1\r\n/)
    const throughProxy = ['keyvault', 'secret', 'show', '--vault-name', made.vault, '-n', 'one', '-o', 'none']
    await assert.rejects(server.command(throughProxy), /Client address: (127\.0\.0\.1|::1)/)
    await manage('PATCH', '', {
      properties: { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '127.0.0.0/8' }, { value: '::1' }] } },
    })
    assert.equal((await read(publicly)).status, 200)
    await server.command(throughProxy)
  })
})
