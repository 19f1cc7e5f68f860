import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { SessionFolders } from '#control/session-folders.ts'
import type { SessionWire } from '#control/wire.ts'
import { exchange, startTestHttp, type TestAnswer, type TestHttp } from '../support/http-fixture.ts'

const osUserId = process.getuid?.() ?? 0
/** How long what must come may take where the machine is slow. */
const patienceMilliseconds = 60_000

/** One request over the control socket; `agent` holds the connection open until it is destroyed. */
function call(
  server: TestHttp,
  agent: Agent,
  asked: { readonly method: string; readonly path: string; readonly body?: unknown },
): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path } = asked
    const sent = request({ socketPath: server.addresses.controlSocket, agent, method, path }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      response.on('end', () => {
        const json: unknown = text === '' ? undefined : JSON.parse(text)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
      })
    })
    sent.on('error', reject)
    sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body))
  })
}

function holding(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + patienceMilliseconds
  while (!condition()) {
    assert.ok(performance.now() < end, 'It did not come to pass.')
    await pause(5)
  }
}

describe('the control socket', () => {
  let server: TestHttp
  const agents: Agent[] = []
  before(async () => {
    server = await startTestHttp()
  })
  after(async () => {
    for (const agent of agents) agent.destroy()
    await server.close()
  })

  async function start(body: Readonly<Record<string, unknown>>): Promise<{ session: SessionWire; agent: Agent }> {
    const agent = holding()
    agents.push(agent)
    const answer = await call(server, agent, { method: 'POST', path: '/sessions', body: { osUserId, ...body } })
    assert.equal(answer.status, 201, answer.text)
    return { session: answer.json as SessionWire, agent }
  }

  test('is a socket that only its owner may use', () => {
    assert.equal(statSync(server.addresses.controlSocket).mode & 0o777, 0o600)
  })

  test("starts a session as an app's identity, with folders of its own, and ends it with its connection", async () => {
    const { session, agent } = await start({ kind: 'workload', app: { name: 'app1' } })
    const { httpsPort, proxyPort, identityPort } = server.addresses
    const { identityHeader, proxyPassword, id, ...rest } = session
    assert.match(identityHeader, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      kind: 'workload',
      displayName: 'app1',
      tenantId: '11111111-1111-4111-8111-111111111111',
      subscriptionId: '33333333-3333-4333-8333-333333333333',
      principalId: '88888888-8888-4888-8888-888888888888',
      clientId: '99999999-9999-4999-8999-999999999999',
      resourceId: '/subscriptions/S/resourceGroups/rg1/providers/Microsoft.App/containerApps/app1',
      identityEndpoint: `http://127.0.0.1:${identityPort}/msi/token/${id}`,
      proxyUrl: `http://${id}:${proxyPassword}@127.0.0.1:${proxyPort}`,
      proxyUser: id,
      httpsPort,
      proxyPort,
      identityPort,
      variables: { GREETING: 'hello' },
      caFile: join(server.directory, 'sessions', id, 'ca.pem'),
      azureConfigDirectory: join(server.directory, 'sessions', id, 'azure'),
      azdConfigDirectory: join(server.directory, 'sessions', id, 'azd'),
    })
    const folder = dirname(rest.caFile ?? '')
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(readFileSync(rest.caFile ?? '', 'utf8').endsWith(server.authorityPem), true)
    assert.deepEqual(await readdir(rest.azureConfigDirectory ?? ''), [])
    assert.equal(server.sessions.findByIdentityHeader(identityHeader)?.id, id)
    agent.destroy()
    await until(() => server.sessions.findByIdentityHeader(identityHeader) === undefined)
    await until(() => !existsSync(folder))
  })

  test("gives the values of an app's secrets to whoever asks for them, and their names to others", async () => {
    const app = { name: 'secretive' }
    const asked = await start({ kind: 'workload', app, secretVariables: true })
    assert.deepEqual(asked.session.variables, { GREETING: 'hello', PASSWORD: 'opened' })
    assert.equal(asked.session.withheldSecrets, undefined)
    const plain = await start({ kind: 'workload', app })
    assert.deepEqual(plain.session.variables, { GREETING: 'hello' })
    assert.deepEqual(plain.session.withheldSecrets, ['PASSWORD'])
  })

  test('starts nothing with the values of a revision that is not the newest any more', async () => {
    const before = server.sessions.list().length
    const agent = holding()
    agents.push(agent)
    const body = { kind: 'workload', app: { name: 'changing' }, secretVariables: true, osUserId }
    const answer = await call(server, agent, { method: 'POST', path: '/sessions', body })
    assert.equal(answer.status, 409)
    assert.deepEqual(answer.json, {
      error: { code: 'ContainerAppChanged', message: "Container app 'changing' was changed meanwhile. Try again." },
    })
    assert.equal(server.sessions.list().length, before)
  })

  test('ends a session again whose start could not be recorded', async () => {
    const before = server.sessions.list().length
    const agent = holding()
    agents.push(agent)
    server.record(false)
    const body = { kind: 'operator', osUserId }
    const answer = await call(server, agent, { method: 'POST', path: '/sessions', body })
    server.record(true)
    assert.equal(answer.status, 503)
    assert.deepEqual(answer.json, {
      error: { code: 'AuditUnavailable', message: 'Not now.' },
    })
    assert.equal(server.sessions.list().length, before)
  })

  test('signs az in as the operator', async () => {
    const { session, agent } = await start({ kind: 'operator' })
    const profile = JSON.parse(readFileSync(join(session.azureConfigDirectory ?? '', 'azureProfile.json'), 'utf8'))
    assert.deepEqual(profile.subscriptions, [
      {
        id: '33333333-3333-4333-8333-333333333333',
        name: 'Strongroom',
        state: 'Enabled',
        user: { name: 'operator@test', type: 'user', cloudShellID: true },
        isDefault: true,
        tenantId: '11111111-1111-4111-8111-111111111111',
        environmentName: 'AzureCloud',
        homeTenantId: '11111111-1111-4111-8111-111111111111',
        managedByTenants: [],
      },
    ])
    assert.deepEqual(session.variables, {})
    agent.destroy()
  })

  test('keeps a detached session beyond its connection, until it is ended', async () => {
    const { session, agent } = await start({
      kind: 'operator',
      attached: false,
      expiresInSeconds: 60,
      privateFolder: false,
    })
    assert.equal(session.caFile, undefined)
    assert.ok(session.expiresAt !== undefined)
    agent.destroy()
    const other = holding()
    agents.push(other)
    const listed = await call(server, other, { method: 'GET', path: '/sessions' })
    const { value } = listed.json as { value: readonly { id: string; attached: boolean }[] }
    assert.equal(value.find(({ id }) => id === session.id)?.attached, false)
    assert.doesNotMatch(listed.text, new RegExp(`${session.identityHeader}|${session.proxyPassword}`))
    assert.equal((await call(server, other, { method: 'DELETE', path: `/sessions/${session.id}` })).status, 204)
    assert.equal(server.sessions.findByIdentityHeader(session.identityHeader), undefined)
    const again = await call(server, other, { method: 'DELETE', path: `/sessions/${session.id}` })
    assert.equal(again.status, 404)
    assert.deepEqual(again.json, {
      error: { code: 'SessionNotFound', message: `There is no session '${session.id}'.` },
    })
  })

  test('ends a detached session when its time is over', async () => {
    const { session } = await start({ kind: 'operator', attached: false, expiresInSeconds: 1 })
    const folder = dirname(session.caFile ?? '')
    // That it was there cannot be seen where its time is over before anybody looks.
    assert.equal(folder, join(server.directory, 'sessions', session.id))
    await until(() => !existsSync(folder))
    assert.equal(server.sessions.findByIdentityHeader(session.identityHeader), undefined)
  })

  test("puts the caller's own roots before ours", async () => {
    const [first = '', second = ''] = rootCertificates
    const broken = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----'
    const file = join(server.directory, 'former.pem')
    const folder = join(server.directory, 'former')
    await writeFile(
      file,
      `${broken}\ncomment\n${first}\n-----BEGIN PRIVATE KEY-----\nWFla\n-----END PRIVATE KEY-----\n`,
    )
    await mkdir(folder)
    await writeFile(join(folder, 'a.pem'), second)
    await writeFile(join(folder, 'the-same.0'), second)
    const { session, agent } = await start({
      kind: 'operator',
      formerRoots: { replacing: [file, join(server.directory, 'none.pem')], added: [folder, file] },
    })
    assert.equal(readFileSync(session.caFile ?? '', 'utf8'), `${first}\n${second}\n${server.authorityPem}`)
    agent.destroy()
  })

  for (const [what, body, status, code] of [
    ['no JSON', undefined, 400, 'InvalidRequestBody'],
    ['an unknown kind', { kind: 'root', osUserId }, 400, 'InvalidRequestBody'],
    ['an unknown member', { kind: 'operator', osUserId, principal: 'x' }, 400, 'InvalidRequestBody'],
    ['an app name with U+0000', { kind: 'workload', osUserId, app: { name: 'a\0' } }, 400, 'InvalidRequestBody'],
    ['no OS user', { kind: 'operator' }, 400, 'InvalidRequestBody'],
    [
      'more than twelve hours',
      { kind: 'operator', osUserId, attached: false, expiresInSeconds: 43_201 },
      400,
      'InvalidRequestBody',
    ],
    ['an app without identity', { kind: 'workload', osUserId, app: { name: 'bare' } }, 409, 'AppHasNoIdentity'],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const agent = holding()
      agents.push(agent)
      const answer = await call(server, agent, { method: 'POST', path: '/sessions', body })
      assert.equal(answer.status, status)
      assert.equal((answer.json as { error: { code: string } }).error.code, code)
    })
  }

  test('makes a service principal, restores the operator, and tells its status', async () => {
    const agent = holding()
    agents.push(agent)
    const made = await call(server, agent, { method: 'POST', path: '/servicePrincipals', body: { displayName: 'ci' } })
    assert.deepEqual(
      [made.status, made.json],
      [
        201,
        {
          appId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
          objectId: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
          displayName: 'ci',
          password: 'made-up',
          passwordExpiresAt: '1970-01-01T00:00:00.000Z',
          tenant: '11111111-1111-4111-8111-111111111111',
        },
      ],
    )
    const unstorable = { method: 'POST', path: '/servicePrincipals', body: { displayName: 'c\0i' } }
    assert.deepEqual((await call(server, agent, unstorable)).json, {
      error: { code: 'InvalidRequestBody', message: "'displayName' is missing or not acceptable." },
    })
    const granted = await call(server, agent, { method: 'POST', path: '/operatorGrant' })
    assert.deepEqual(granted.json, {
      roleAssignmentId: 'assignment-1',
      principalId: '77777777-7777-4777-8777-777777777777',
    })
    const status = await call(server, agent, { method: 'GET', path: '/status' })
    assert.equal((status.json as { version: string }).version, 'test')
    assert.equal((await call(server, agent, { method: 'GET', path: '/nothing' })).status, 404)
    assert.equal((await call(server, agent, { method: 'PUT', path: '/sessions' })).status, 405)
  })

  test('removes at start what a killed server left', async () => {
    const other = await startTestHttp()
    const leftover = join(other.directory, 'sessions', 'left')
    await mkdir(leftover)
    await writeFile(join(leftover, 'token'), 'x')
    await new SessionFolders(join(other.directory, 'sessions')).clear()
    assert.equal(existsSync(leftover), false)
    await other.close()
  })

  describe('with a former proxy', () => {
    let former: Server
    let formerPort: number
    const seen: { line: string; authorization: string | undefined }[] = []
    before(async () => {
      const note = (message: IncomingMessage): void => {
        const authorization = message.headers['proxy-authorization']
        seen.push({ line: `${message.method} ${message.url}`, authorization })
      }
      former = createServer((message, response) => {
        note(message)
        response.end('from the former proxy')
      })
      former.on('connect', (message, socket) => {
        note(message)
        if (message.url?.startsWith('refused')) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
        else socket.end('HTTP/1.1 200 OK\r\n\r\nbytes of the far side')
      })
      await new Promise<void>((resolve) => {
        former.listen(0, '127.0.0.1', resolve)
      })
      formerPort = (former.address() as AddressInfo).port
    })
    after(() => {
      former.closeAllConnections()
      former.close()
    })

    const authorizationOf = (session: SessionWire): string =>
      `Proxy-Authorization: Basic ${Buffer.from(`${session.proxyUser}:${session.proxyPassword}`).toString('base64')}\r\n`

    test('passes other hosts on to it, and to it alone the credentials that were its own', async () => {
      const url = `http://me:pw@127.0.0.1:${formerPort}`
      const { session } = await start({
        kind: 'workload',
        app: { name: 'app1' },
        formerProxy: { httpProxy: url, httpsProxy: url, noProxy: 'direct.invalid' },
      })
      const own = `Basic ${Buffer.from('me:pw').toString('base64')}`
      const { proxyPort } = server.addresses
      const plain = `GET http://far.example/x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n${authorizationOf(session)}\r\n`
      assert.match((await exchange(proxyPort, plain)).text, /from the former proxy$/)
      const tunnel = `CONNECT far.example:443 HTTP/1.1\r\n${authorizationOf(session)}\r\n`
      assert.match((await exchange(proxyPort, tunnel)).text, /^HTTP\/1\.1 200 [^\r]*\r\n\r\nbytes of the far side$/)
      const refused = `CONNECT refused.example:443 HTTP/1.1\r\n${authorizationOf(session)}\r\n`
      assert.match((await exchange(proxyPort, refused)).text, /^HTTP\/1\.1 502 [\s\S]*"UpstreamProxyRefused"/)
      assert.deepEqual(seen, [
        { line: 'GET http://far.example/x', authorization: own },
        { line: 'CONNECT far.example:443', authorization: own },
        { line: 'CONNECT refused.example:443', authorization: own },
      ])
      const exempt = `CONNECT direct.invalid:443 HTTP/1.1\r\n${authorizationOf(session)}\r\n`
      assert.match((await exchange(proxyPort, exempt)).text, /^HTTP\/1\.1 502 [\s\S]*"Unreachable"/)
      assert.equal(seen.length, 3)
    })

    test('that is ours takes over what the outer session had', async () => {
      seen.length = 0
      const outer = await start({ kind: 'operator', formerProxy: { httpProxy: `http://127.0.0.1:${formerPort}` } })
      const inner = await start({
        kind: 'workload',
        app: { name: 'app1' },
        formerProxy: { httpProxy: outer.session.proxyUrl, httpsProxy: outer.session.proxyUrl, noProxy: '127.0.0.1' },
      })
      const plain = `GET http://far.example/x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n${authorizationOf(inner.session)}\r\n`
      assert.match((await exchange(server.addresses.proxyPort, plain)).text, /from the former proxy$/)
      assert.deepEqual(seen, [{ line: 'GET http://far.example/x', authorization: undefined }])
    })
  })

  test('closes with the server', async () => {
    const other = await startTestHttp()
    const socket = connect(other.addresses.controlSocket)
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => resolve())
    })
    socket.on('connect', () => socket.write('GET /status HTTP/1.1\r\nHost: x\r\n\r\n'))
    await new Promise<void>((resolve) => {
      socket.once('data', () => resolve())
    })
    await other.close()
    await closed
  })
})
