import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RawClient } from '../support/raw-client.ts'
import { RunningServer } from '../support/running-server.ts'

describe('the cloud profile of a running server', () => {
  let server: RunningServer
  let client: RawClient
  before(async () => {
    server = await RunningServer.start()
    client = new RawClient(server.facts.httpsPort)
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  test('names what the server itself names, and each name answers', async () => {
    const { endpoints, suffixes } = JSON.parse(await server.command(['cloud-profile']))
    const { host } = new URL(endpoints.resourceManager)
    assert.equal(host, `management.localhost:${server.facts.httpsPort}`)
    // az joins the address with a path that begins with a slash.
    const metadata = await client.send({ host, path: '//metadata/endpoints?api-version=2022-09-01' })
    assert.equal(metadata.status, 200, metadata.text)
    const described = JSON.parse(metadata.text)
    assert.deepEqual(
      [endpoints.resourceManager, endpoints.activeDirectory, endpoints.microsoftGraphResourceId, suffixes.keyvaultDns],
      [
        described.resourceManager.replace(/\/$/, ''),
        described.authentication.loginEndpoint,
        described.microsoftGraphResourceId,
        `.${described.suffixes.keyVaultDns}`,
      ],
    )
    assert.equal(endpoints.activeDirectoryResourceId, described.authentication.audiences[0])
    const discovery = `/${server.facts.tenantId}/v2.0/.well-known/openid-configuration`
    const login = await client.send({ host: new URL(endpoints.activeDirectory).host, path: discovery })
    assert.equal(login.status, 200)
    const graph = await client.send({ host: new URL(endpoints.microsoftGraphResourceId).host, path: '/v1.0/me' })
    assert.equal(graph.status, 401)
  })

  test('names the port that clients see, if it is another', async () => {
    const { endpoints } = JSON.parse(await server.command(['cloud-profile', '--port', '443']))
    assert.equal(endpoints.activeDirectory, 'https://login.localhost')
    const { code, stderr } = await server.try(['cloud-profile', '--port', '70000'])
    assert.equal(code, 2)
    assert.match(stderr, /--port takes a number from 1 to 65535/)
  })
})
