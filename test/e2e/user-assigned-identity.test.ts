import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { askIdentity, askProxy, LiveSession, type PlainAnswer } from '../support/live-session.ts'
import { operatorToken, RawClient } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'

const management = 'management.azure.com'
const value = 'what-the-shared-identity-may-read'

describe('a running app with a user-assigned identity', () => {
  let server: RunningServer
  let made: Furnished
  let app: LiveSession
  let client: RawClient
  let token: string
  let identity: { readonly id: string; readonly principalId: string; readonly clientId: string }

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-shared', app: 'sharing-app' })
    await server.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'shared', '--file', '/dev/stdin', '-o', 'none'],
      value,
    )
    client = new RawClient(server.facts.httpsPort)
    token = await operatorToken(server, `https://${management}`)
    const path = inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/shared')
    const created = await manage('PUT', path, { location: 'westeurope' })
    assert.equal(created.status, 201, created.text)
    const { id, properties } = JSON.parse(created.text)
    identity = { id, ...properties }
    app = await LiveSession.start(['run', '--app', made.app, '--data', server.data])
  })
  after(async () => {
    await app?.end()
    client?.close()
    await server?.remove()
  })

  const inGroup = (resource: string) =>
    `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${made.group}/providers/${resource}`

  function manage(method: string, path: string, body?: object) {
    const target = `${path}?api-version=2025-07-01`
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    return client.send({ method, path: target, host: management, token, ...text })
  }

  /** Changes the app's identity the way az does: its whole document goes back. */
  async function assign(wanted: object): Promise<void> {
    const path = inGroup(`Microsoft.App/containerApps/${made.app}`)
    const document = JSON.parse((await manage('GET', path)).text)
    const put = await manage('PUT', path, { ...document, identity: wanted })
    assert.equal(put.status, 200, put.text)
  }

  const ask = (selector: Readonly<Record<string, string>> = {}) =>
    askIdentity(app.given, 'https://vault.azure.net', selector)

  function askImds(selector: Readonly<Record<string, string>>): Promise<PlainAnswer> {
    const query = new URLSearchParams({ 'api-version': '2018-02-01', resource: 'https://vault.azure.net', ...selector })
    const url = `http://169.254.169.254/metadata/identity/oauth2/token?${query.toString()}`
    return askProxy(app.given, { url, headers: { metadata: 'true' } })
  }

  const readSecret = (bearer: string) =>
    client.send({
      path: '/secrets/shared?api-version=7.4',
      host: `${made.vault}.vault.azure.net`,
      token: bearer,
    })

  function tokenIn({ status, text }: { readonly status: number; readonly text: string }): string {
    assert.equal(status, 200, text)
    return JSON.parse(text).access_token
  }

  const claimsOf = (bearer: string) => JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString())

  test('has it at its next token request, by each protocol, and loses it likewise', async () => {
    const before = await ask({ client_id: identity.clientId })
    assert.equal(before.status, 400)
    assert.match(JSON.parse(before.text).message, /Identity not found$/)
    await assign({ type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity.id]: {} } })
    assert.equal(claimsOf(tokenIn(await ask())).oid, made.principalId)
    const {
      oid,
      appid,
      xms_mirid: mirid,
      xms_az_rid: host,
    } = claimsOf(tokenIn(await ask({ client_id: identity.clientId })))
    const appId = inGroup(`Microsoft.App/containerApps/${made.app}`)
    assert.deepEqual([oid, appid, mirid, host], [identity.principalId, identity.clientId, identity.id, appId])
    for (const selector of [{ object_id: identity.principalId }, { msi_res_id: identity.id }]) {
      assert.equal(claimsOf(tokenIn(await askImds(selector))).oid, identity.principalId)
    }
    await assign({ type: 'SystemAssigned' })
    assert.equal((await askImds({ client_id: identity.clientId })).status, 400)
    assert.equal((await ask({ client_id: identity.clientId })).status, 400)
    assert.equal((await ask()).status, 200)
  })

  test('reads with it what it may not read with its own, until the identity is deleted', async () => {
    await assign({ type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity.id]: {} } })
    await assignRole(server, identity.principalId, 'Key Vault Secrets User', made.vaultId)
    const shared = tokenIn(await ask({ mi_res_id: identity.id }))
    const read = await readSecret(shared)
    assert.deepEqual([read.status, JSON.parse(read.text).value], [200, value])
    assert.equal((await readSecret(tokenIn(await ask()))).status, 403)
    assert.equal((await manage('DELETE', identity.id)).status, 200)
    assert.equal((await readSecret(shared)).status, 401)
    const gone = await ask({ mi_res_id: identity.id })
    assert.equal(gone.status, 400)
    assert.match(JSON.parse(gone.text).message, /Identity not found$/)
    const path = inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/shared')
    const again = await manage('PUT', path, { location: 'westeurope' })
    assert.equal(again.status, 201, again.text)
    // Another identity of the same name was never given to the app.
    assert.equal((await ask({ mi_res_id: identity.id })).status, 400)
    assert.equal((await ask({ client_id: JSON.parse(again.text).properties.clientId })).status, 400)
  })
})

describe('Microsoft Graph on a running server', () => {
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

  test('answers under both its names, for a token made for it and no other', async () => {
    const own = `graph.localhost:${server.facts.httpsPort}`
    const forGraph = await operatorToken(server, 'https://graph.microsoft.com')
    const forOwn = await operatorToken(server, `https://${own}`)
    const me = { path: '/v1.0/me' }
    const shown = await client.send({ ...me, host: 'graph.microsoft.com', token: forGraph })
    assert.equal(shown.status, 200, shown.text)
    assert.equal(JSON.parse(shown.text).displayName, 'Operator')
    for (const token of [forGraph, forOwn]) assert.equal((await client.send({ ...me, host: own, token })).status, 200)
    const other = await operatorToken(server, 'https://management.azure.com')
    for (const refused of [
      await client.send({ ...me, host: 'graph.microsoft.com' }),
      await client.send({ ...me, host: 'graph.microsoft.com', token: other }),
      await client.send({ ...me, host: 'graph.microsoft.com', token: forOwn }),
    ]) {
      assert.equal(refused.status, 401, refused.text)
      assert.equal(JSON.parse(refused.text).error.code, 'InvalidAuthenticationToken')
      assert.match(String(refused.headers['www-authenticate']), /^Bearer realm="", authorization_uri=/)
    }
    const vault = await client.send({ path: '/secrets?api-version=7.4', host: 'any.vault.azure.net', token: forGraph })
    assert.equal(vault.status, 401)
    const arm = await client.send({ path: '/subscriptions?api-version=2022-12-01', host: management, token: forGraph })
    assert.equal(arm.status, 401)
  })

  test('records who looked at what, and no filter', async () => {
    const token = await operatorToken(server, 'https://graph.microsoft.com')
    const filter = encodeURIComponent("userPrincipalName eq 'somebody@home.test'")
    const found = await client.send({ path: `/v1.0/users?$filter=${filter}`, host: 'graph.microsoft.com', token })
    assert.deepEqual([found.status, JSON.parse(found.text).value], [200, []])
    const log = await server.command(['audit', 'tail', '-o', 'json'])
    const record = JSON.parse(log).find(
      ({ correlationId }: { correlationId: string }) => correlationId === found.correlationId,
    )
    assert.equal(record.operationName, 'Microsoft.Graph/users/read')
    assert.equal(record.properties.requestUri, 'https://graph.microsoft.com/v1.0/users')
    assert.ok(!log.includes('somebody'))
  })
})
