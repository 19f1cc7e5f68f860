import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectSecurely } from 'node:tls'
import { certificateToPem, createSelfSignedCertificate } from '#crypto/certificates.ts'
import {
  askIdentity,
  askProxy,
  connectThrough,
  type GivenToCommand,
  LiveSession,
  type ProxiedRequest,
  parseGiven,
  tellGiven,
} from '../support/live-session.ts'
import { checkout, type Furnished, finish, furnish, RunningServer, strongroom } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

const imds = 'http://169.254.169.254/metadata/identity/oauth2/token'
const cloudShell = 'http://localhost:50342/oauth2/token'
const vaultResource = 'https://vault.azure.net'

let server: RunningServer
let made: Furnished
before(async () => {
  server = await RunningServer.start()
  made = await furnish(server, { vault: 'kv-sessions', app: 'session-app' })
})
after(async () => server?.remove())

const shellWords = (): string[] => ['shell', '--data', server.data]
const runWords = (): string[] => ['run', '--app', made.app, '--data', server.data]

describe('who a command is', () => {
  let operator: LiveSession
  let workload: LiveSession
  before(async () => {
    operator = await LiveSession.start(shellWords())
    workload = await LiveSession.start(runWords())
  })
  after(async () => {
    await operator?.end()
    await workload?.end()
  })

  test('under shell it is the operator, a user', async () => {
    const answer = await askIdentity(operator.given)
    assert.equal(answer.status, 200, answer.text)
    const claims = claimsOf(answer.text)
    const { tenantId } = server.facts
    assert.deepEqual(pick(claims, 'oid', 'tid', 'upn', 'unique_name', 'scp', 'aud', 'idtyp'), {
      oid: made.operatorId,
      tid: tenantId,
      upn: 'operator@strongroom.local',
      unique_name: 'operator@strongroom.local',
      scp: 'user_impersonation',
      aud: vaultResource,
      idtyp: 'user',
    })
    assert.equal(claims['xms_mirid'], undefined)
  })

  test("under run it is the app's identity, no user", async () => {
    const answer = await askIdentity(workload.given)
    assert.equal(answer.status, 200, answer.text)
    const claims = claimsOf(answer.text)
    assert.deepEqual(pick(claims, 'oid', 'sub', 'tid', 'idtyp', 'aud'), {
      oid: made.principalId,
      sub: made.principalId,
      tid: server.facts.tenantId,
      idtyp: 'app',
      aud: vaultResource,
    })
    assert.match(String(claims['xms_mirid']), new RegExp(`/containerapps/${made.app}$`, 'i'))
    for (const ofAUser of ['upn', 'unique_name', 'scp']) assert.equal(claims[ofAUser], undefined, ofAUser)
  })

  test("one session's header is worth nothing at another's endpoint", async () => {
    const crossed: GivenToCommand = { ...workload.given, identityHeader: operator.given.identityHeader }
    assert.equal((await askIdentity(crossed)).status, 401)
  })

  const askCloudShell: ProxiedRequest = {
    method: 'POST',
    url: cloudShell,
    headers: { metadata: 'true', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'resource=https%3A%2F%2Fmanagement.core.windows.net%2F',
  }

  test('the Cloud Shell address answers a shell, with its credentials, as az asks', async () => {
    const answer = await askProxy(operator.given, askCloudShell)
    assert.equal(answer.status, 200, answer.text)
    const token = JSON.parse(answer.text)
    assert.deepEqual(pick(token, 'resource', 'token_type'), {
      resource: 'https://management.core.windows.net/',
      token_type: 'Bearer',
    })
    assert.deepEqual(pick(claimsOf(answer.text), 'oid', 'aud'), {
      oid: made.operatorId,
      aud: 'https://management.core.windows.net/',
    })
  })

  test('the Cloud Shell address refuses a run, and everybody without credentials', async () => {
    assert.equal((await askProxy(workload.given, askCloudShell)).status, 403)
    assert.equal((await askProxy(operator.given, { ...askCloudShell, credentials: false })).status, 407)
    const { metadata: _, ...without } = askCloudShell.headers ?? {}
    assert.equal((await askProxy(operator.given, { ...askCloudShell, headers: without })).status, 400)
  })

  test('the metadata service answers a run as its app', async () => {
    const url = `${imds}?api-version=2018-02-01&resource=${encodeURIComponent(vaultResource)}`
    const answer = await askProxy(workload.given, { url, headers: { metadata: 'true' } })
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(pick(claimsOf(answer.text), 'oid', 'aud'), { oid: made.principalId, aud: vaultResource })
  })

  test('the metadata service takes a request without its header for a probe, and nobody without credentials', async () => {
    const url = `${imds}?api-version=2018-02-01&resource=${encodeURIComponent(vaultResource)}`
    const probe = await askProxy(workload.given, { url })
    assert.deepEqual(
      { status: probe.status, body: JSON.parse(probe.text) },
      {
        status: 400,
        body: { error: 'invalid_request', error_description: 'Required metadata header not specified' },
      },
    )
    const stranger = await askProxy(workload.given, { url, headers: { metadata: 'true' }, credentials: false })
    assert.equal(stranger.status, 407)
  })
})

describe('the rest of the internet, through the proxy', () => {
  const seen: IncomingMessage[] = []
  let plain: Server
  let secure: Server
  let session: LiveSession

  before(async () => {
    plain = await listening(
      createServer((message, response) => {
        seen.push(message)
        message.pipe(response)
      }),
    )
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const notAfter = new Date(Date.now() + 86_400_000)
    const options = { privateKey, commonName: 'far.example', notBefore: new Date(), notAfter }
    const cert = certificateToPem(createSelfSignedCertificate(options))
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    secure = await listening(createSecureServer({ cert, key }, (_message, response) => response.end('from afar')))
    session = await LiveSession.start(runWords())
  })
  after(async () => {
    await session?.end()
    plain?.close()
    secure?.close()
  })

  test('a plain request goes there and back, without the credentials of the session', async () => {
    const url = `http://localhost:${portOf(plain)}/path?query=1`
    const answer = await askProxy(session.given, { method: 'POST', url, body: 'a body' })
    assert.deepEqual({ status: answer.status, text: answer.text }, { status: 200, text: 'a body' })
    const message = seen.at(-1)
    assert.deepEqual(
      { path: message?.url, host: message?.headers.host, credentials: message?.headers['proxy-authorization'] },
      { path: '/path?query=1', host: `localhost:${portOf(plain)}`, credentials: undefined },
    )
  })

  test('a tunnel goes there and back', async () => {
    const { status, socket } = await connectThrough(session.given, `127.0.0.1:${portOf(secure)}`)
    assert.equal(status, 200)
    const text = await new Promise<string>((resolve, reject) => {
      const joined = connectSecurely({ socket, rejectUnauthorized: false }, () =>
        joined.write('GET / HTTP/1.1\r\nHost: far.example\r\nConnection: close\r\n\r\n'),
      )
      let received = ''
      joined.on('data', (chunk: Buffer) => {
        received += chunk.toString()
      })
      joined.on('end', () => resolve(received))
      joined.on('error', reject)
    })
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*from afar/)
  })

  test('without credentials both are refused, and nothing arrives', async () => {
    const before = seen.length
    const answer = await askProxy(session.given, { url: `http://localhost:${portOf(plain)}/`, credentials: false })
    assert.equal(answer.status, 407)
    const { status, socket } = await connectThrough(session.given, `127.0.0.1:${portOf(secure)}`, {
      credentials: false,
    })
    socket.destroy()
    assert.equal(status, 407)
    assert.equal(seen.length, before)
  })

  test("the caller's former proxy and its NO_PROXY are honoured, also from a command in a command", async () => {
    const former: string[] = []
    const proxy = await listening(
      createServer((message, response) => {
        former.push(`${message.url} ${message.headers['proxy-authorization']}`)
        response.end('by the former proxy')
      }),
    )
    const url = `http://user:pass@127.0.0.1:${portOf(proxy)}`
    // 0.0.0.0 leads to this machine, and is no loopback address, which would never go through a proxy.
    const environment = { ...process.env, HTTP_PROXY: url, http_proxy: url, NO_PROXY: '0.0.0.0', no_proxy: '0.0.0.0' }
    const inShell = [...shellWords(), '--', strongroom, ...runWords()]
    for (const words of [runWords(), inShell]) {
      former.length = 0
      const chained = await LiveSession.start(words, { environment })
      try {
        const proxied = await askProxy(chained.given, { url: 'http://far.invalid/there' })
        assert.equal(proxied.text, 'by the former proxy')
        assert.deepEqual(former, ['http://far.invalid/there Basic dXNlcjpwYXNz'])
        const direct = await askProxy(chained.given, {
          method: 'POST',
          url: `http://0.0.0.0:${portOf(plain)}/`,
          body: 'directly',
        })
        assert.equal(direct.text, 'directly')
        assert.equal(former.length, 1)
      } finally {
        await chained.end()
      }
    }
    proxy.close()
  })

  test('a setting closes it', async () => {
    const closed = await RunningServer.start({ flags: ['--isolate-sessions'] })
    try {
      const shell = await LiveSession.start(['shell', '--data', closed.data])
      const answer = await askProxy(shell.given, { url: `http://localhost:${portOf(plain)}/` })
      assert.equal(answer.status, 403)
      assert.equal((await askIdentity(shell.given)).status, 200)
      await shell.end()
    } finally {
      await closed.remove()
    }
  })
})

describe('a detached session', () => {
  const tellFromFile = async (file: string): Promise<GivenToCommand> => {
    const child = spawn('sh', ['-c', `set -a; . "$1"; set +a; sh -c '${tellGiven}'`, 'sh', file], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return parseGiven((await finish(child)).stdout)
  }

  test('prints a file that a shell can source, with its expiry, and lives on without its command', async () => {
    const text = await server.command(['session', 'start', '--app', made.app, '--hours', '2'])
    const [, id = '', until = ''] =
      /^# session (\S+), until (\S+); end it with: strongroom session end --id /.exec(text) ?? []
    const left = Date.parse(until) - Date.now()
    assert.ok(left > 7_100_000 && left <= 7_200_000, until)
    const file = join(server.directory, 'session.env')
    writeFileSync(file, text, { mode: 0o600 })
    const given = await tellFromFile(file)
    assert.deepEqual(pick(claimsOf((await askIdentity(given)).text), 'oid'), { oid: made.principalId })
    const listed: readonly Record<string, unknown>[] = JSON.parse(await server.command(['session', 'list']))
    const mine = listed.find((session) => session['id'] === id) ?? {}
    assert.deepEqual(pick(mine, 'kind', 'displayName', 'principalId', 'attached', 'expiresAt'), {
      kind: 'workload',
      displayName: made.app,
      principalId: made.principalId,
      attached: false,
      expiresAt: until,
    })
    assert.ok(!JSON.stringify(listed).includes(given.identityHeader), 'the list shows a credential')

    await server.command(['session', 'end', '--id', id])
    assert.equal((await askIdentity(given)).status, 401)
    assert.equal(existsSync(join(server.data, 'sessions', id)), false)
    const again = await server.try(['session', 'end', '--id', id])
    assert.equal(again.code, 3)
    assert.match(again.stderr, /\(SessionNotFound\)/)
  })

  test('runs a real program that knows nothing of it', async () => {
    const text = await server.command(['session', 'start', '--app', made.app])
    const file = join(server.directory, 'program.env')
    writeFileSync(file, text)
    const script = 'set -a; . "$1"; exec "$2" "$3"'
    const print = join(checkout, 'test', 'support', 'print-token.ts')
    const child = spawn('sh', ['-c', script, 'sh', file, process.execPath, print], { stdio: ['pipe', 'pipe', 'pipe'] })
    const ran = await finish(child)
    assert.equal(ran.code, 0, ran.stderr)
    assert.equal(claimsOfToken(ran.stdout)['oid'], made.principalId)
  })

  for (const hours of ['0', '13', 'many']) {
    test(`of ${hours} hours is refused with 2`, async () => {
      const ran = await server.try(['session', 'start', '--app', made.app, '--hours', hours])
      assert.deepEqual({ code: ran.code, stdout: ran.stdout }, { code: 2, stdout: '' })
      assert.match(ran.stderr, /^ERROR: --hours takes /)
    })
  }

  test('names what an env file cannot take away', async () => {
    const { PATH } = process.env
    const child = spawn(strongroom, ['session', 'start', '--app', made.app, '--data', server.data], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH, AZURE_CLIENT_SECRET: 'a-stray-secret', HTTP_PROXY: 'http://127.0.0.1:9' },
    })
    const ran = await finish(child)
    assert.equal(
      ran.stderr,
      'strongroom: an env file cannot take variables away; unset these first: AZURE_CLIENT_SECRET\n',
    )
  })

  test('ends with the server', async () => {
    const other = await RunningServer.start()
    try {
      await furnish(other, { vault: 'kv-detached', app: 'detached-app' })
      await other.command(['session', 'start', '--app', 'detached-app'])
      const folder = join(other.data, 'sessions')
      assert.equal(readdirSync(folder).length, 1)
      assert.equal(await other.end(), 0)
      await until(() => readdirSync(folder).length === 0, "the end of the session's folder")
    } finally {
      await other.remove()
    }
  })
})

function claimsOf(answer: string): Readonly<Record<string, unknown>> {
  return claimsOfToken(String(JSON.parse(answer).access_token))
}

function claimsOfToken(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}

function pick(from: Readonly<Record<string, unknown>>, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, from[name]]))
}

function listening<T extends Server>(at: T): Promise<T> {
  return new Promise((resolve, reject) => {
    at.once('error', reject)
    at.listen(0, '127.0.0.1', () => resolve(at))
  })
}

function portOf(at: Server): number {
  const address = at.address()
  assert.ok(address !== null && typeof address === 'object')
  const { port }: AddressInfo = address
  return port
}
