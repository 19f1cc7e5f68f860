import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { get, type IncomingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { auditRecords } from '../support/raw-client.ts'
import { type Furnished, finish, furnish, RunningServer } from '../support/running-server.ts'

/** Another user than the one who runs the tests; only root can become one. */
const nobody = 65_534
const asRoot = process.getuid?.() === 0 || process.env['CI'] !== undefined

interface Session {
  readonly id: string
  readonly endpoint: string
  readonly header: string
  readonly proxy: string
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

describe('identity endpoint: what is no proof of a workload', () => {
  let server: RunningServer
  let made: Furnished
  let session: Session
  let ofOtherApp: Session
  const identityHeader = 'x-identity-header'

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-identity', app: 'first-app' })
    const inGroup = ['-n', 'second-app', '-g', made.group]
    await server.command(['containerapp', 'create', ...inGroup, '--environment', 'env', '-o', 'none'])
    await server.command(['containerapp', 'identity', 'assign', ...inGroup, '--system-assigned', '-o', 'none'])
    session = await startSession('first-app')
    ofOtherApp = await startSession('second-app')
  })
  after(async () => server?.remove())

  async function startSession(app: string): Promise<Session> {
    const text = await server.command(['session', 'start', '--app', app])
    const variables = new Map(
      text.split('\n').flatMap((line) => {
        const [, name, value] = /^(\w+)='?([^']*)'?$/.exec(line) ?? []
        return name === undefined || value === undefined ? [] : [[name, value] as const]
      }),
    )
    const endpoint = variables.get('IDENTITY_ENDPOINT') ?? ''
    return {
      id: endpoint.split('/').at(-1) ?? '',
      endpoint,
      header: variables.get('IDENTITY_HEADER') ?? '',
      proxy: variables.get('HTTP_PROXY') ?? '',
    }
  }

  function ask(endpoint: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return fetchText(`${endpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net`, headers)
  }

  function assertRefused(answer: Answer, status: number, message: string): void {
    assert.equal(answer.status, status, answer.text)
    const { correlationId, error, ...rest } = JSON.parse(answer.text)
    assert.equal(correlationId, answer.headers['x-ms-request-id'])
    assert.equal(error.message, message)
    assert.deepEqual(rest, { statusCode: status, message })
  }

  const unknown = 'The identity header is missing, is not known here, or belongs to a workload that has ended.'

  test('the session itself is given a token', async () => {
    const answer = await ask(session.endpoint, { [identityHeader]: session.header })
    assert.equal(answer.status, 200, answer.text)
    const claims = JSON.parse(Buffer.from(JSON.parse(answer.text).access_token.split('.')[1], 'base64url').toString())
    assert.equal(claims.oid, made.principalId)
  })

  test('no header is refused', async () => assertRefused(await ask(session.endpoint, {}), 401, unknown))

  test('a made-up header is refused, however near', async () => {
    const { header } = session
    const last = header.endsWith('a') ? 'b' : 'a'
    for (const madeUp of [
      'x',
      '0'.repeat(header.length),
      header.slice(0, -1) + last,
      header.slice(0, -1),
      `${header}x`,
      header.toUpperCase(),
    ]) {
      assertRefused(await ask(session.endpoint, { [identityHeader]: madeUp }), 401, unknown)
    }
  })

  test('the id of a session is no header', async () => {
    assertRefused(await ask(session.endpoint, { [identityHeader]: session.id }), 401, unknown)
  })

  test("a header sent to another workload's endpoint is refused, both ways", async () => {
    assertRefused(await ask(ofOtherApp.endpoint, { [identityHeader]: session.header }), 401, unknown)
    assertRefused(await ask(session.endpoint, { [identityHeader]: ofOtherApp.header }), 401, unknown)
    const madeUp = session.endpoint.replace(session.id, '00000000-0000-4000-8000-000000000000')
    assertRefused(await ask(madeUp, { [identityHeader]: session.header }), 401, unknown)
  })

  test('the header of an ended session is refused from the next call on', async () => {
    const short = await startSession('first-app')
    assert.equal((await ask(short.endpoint, { [identityHeader]: short.header })).status, 200)
    await server.command(['session', 'end', '--id', short.id])
    assertRefused(await ask(short.endpoint, { [identityHeader]: short.header }), 401, unknown)
  })

  test('the header of a command that has ended is refused', async () => {
    const printed = await server.command([
      'run',
      '--app',
      'first-app',
      '--',
      'sh',
      '-c',
      'echo "$IDENTITY_ENDPOINT $IDENTITY_HEADER"',
    ])
    const [endpoint = '', header = ''] = printed.split(' ')
    assertRefused(await ask(endpoint, { [identityHeader]: header }), 401, unknown)
  })

  for (const [name, value] of [
    ['X-Forwarded-For', '10.0.0.1'],
    ['X-Forwarded-Host', 'vault.example.com'],
    ['Via', '1.1 proxy'],
    ['Forwarded', 'for=10.0.0.1'],
    ['X-Real-IP', '10.0.0.1'],
    ['Origin', 'https://example.com'],
    ['Referer', 'https://example.com/'],
    ['Sec-Fetch-Site', 'cross-site'],
  ] as const) {
    test(`a request that was passed on, as ${name} says, is refused with a good header`, async () => {
      const answer = await ask(session.endpoint, { [identityHeader]: session.header, [name]: value })
      assertRefused(answer, 400, `The request must not carry the header '${name.toLowerCase()}'.`)
    })
  }

  test('a rebound host name is refused with a good header', async () => {
    const answer = await ask(session.endpoint, { [identityHeader]: session.header, host: 'rebound.example.com' })
    assert.ok(answer.status === 400 || answer.status === 421, String(answer.status))
    assert.ok(!answer.text.includes('access_token'))
  })

  test('the instance metadata address gives nothing without a session, and none to a forwarded request', async () => {
    const target = `http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net`
    const proxy = new URL(session.proxy)
    const credentials = `Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')}`
    const through = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
      fetchText({ host: proxy.hostname, port: proxy.port, path: target }, { host: '169.254.169.254', ...headers })
    const good = { metadata: 'true', 'proxy-authorization': credentials }
    assert.equal((await through(good)).status, 200)
    assert.equal((await through({ metadata: 'true' })).status, 407)
    assert.equal((await through({ ...good, 'proxy-authorization': `${credentials.slice(0, -6)}AAAA==` })).status, 407)
    assert.equal((await through({ 'proxy-authorization': credentials })).status, 400)
    assert.equal((await through({ ...good, 'x-forwarded-for': '10.0.0.1' })).status, 400)
  })

  test('a process of another OS user is refused with a good header', {
    skip: asRoot ? false : 'only root can become another user',
  }, async () => {
    // Becomes the other user before it connects, so nothing of the checkout needs to be readable to that user.
    const program = `
      process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody})
      require('node:http').get(process.argv[1], { headers: { '${identityHeader}': process.argv[2] } }, (response) => {
        let text = ''
        response.on('data', (chunk) => { text += chunk })
        response.on('end', () => console.log(JSON.stringify({ status: response.statusCode, headers: response.headers, text })))
      })`
    const url = `${session.endpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net`
    const child = spawn(process.execPath, ['-e', program, url, session.header], { stdio: ['pipe', 'pipe', 'pipe'] })
    const ran = await finish(child)
    assert.equal(ran.code, 0, ran.stderr)
    assertRefused(JSON.parse(ran.stdout), 403, 'The caller does not run as the OS user of this workload.')
  })

  test('each refusal with a proved session is on record, and no header is in log or records', async () => {
    const records = await auditRecords(server)
    const issuances = records.filter(({ operationName }) => operationName === 'ManagedIdentityToken')
    for (const status of [200, 400, 401]) {
      assert.ok(
        issuances.some(({ properties }) => properties.httpStatusCode === status),
        `no record with ${status}`,
      )
    }
    const text = JSON.stringify(records) + server.log
    for (const secret of [session.header, ofOtherApp.header, new URL(session.proxy).password]) {
      assert.ok(!text.includes(secret))
    }
  })
})

function fetchText(
  to: string | { readonly host: string; readonly port: string; readonly path: string },
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const url = typeof to === 'string' ? new URL(to) : undefined
  const where =
    typeof to === 'string'
      ? { host: url?.hostname, port: url?.port, path: `${url?.pathname}${url?.search}` }
      : { host: to.host, port: to.port, path: to.path }
  return new Promise((resolve, reject) => {
    get({ ...where, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    }).on('error', reject)
  })
}
