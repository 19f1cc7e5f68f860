import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect as connectTo, createServer as createNetServer, type Socket } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import type { WorkloadCredentials } from '#authentication/workload-session.ts'
import { exchange, sampleCaller, samplePlace, startTestHttp, type TestHttp } from '../support/http-fixture.ts'

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

function basic({ proxyUser, proxyPassword }: WorkloadCredentials): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`${proxyUser}:${proxyPassword}`).toString('base64')}\r\n`
}

function startSession(server: TestHttp, kind: 'workload' | 'operator'): WorkloadCredentials & { readonly id: string } {
  const { session, credentials } = server.sessions.create({
    kind,
    tenant: samplePlace.tenant,
    principal: sampleCaller.principal,
    clientId: sampleCaller.clientId,
    resourceId: undefined,
    displayName: kind,
    osUserId: 0,
    attached: true,
    expiresAt: undefined,
  })
  return { ...credentials, id: session.id }
}

/** Goes on from an open tunnel: a TLS handshake and one request. */
function askThrough(socket: Socket, ca: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const secure: TLSSocket = tlsConnect({ socket, ca, servername: 'kv1.vault.azure.net' }, () => secure.write(request))
    let text = ''
    secure.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    secure.on('end', () => resolve(text))
    secure.on('error', reject)
  })
}

describe('the proxy', () => {
  let server: TestHttp
  let port: number
  let origin: Server
  let originPort: number
  let seen: { message: IncomingMessage; body: string }[] = []

  before(async () => {
    server = await startTestHttp()
    port = server.addresses.proxyPort
    origin = createServer((message, response) => {
      let body = ''
      message.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8')
      })
      message.on('end', () => {
        seen.push({ message, body })
        response.writeHead(200, [
          'X-Kept',
          '1',
          'Connection',
          'close, X-Dropped',
          'X-Dropped',
          '1',
          'Proxy-Authenticate',
          'x',
        ])
        response.end('from the origin')
      })
    })
    await new Promise<void>((resolve) => {
      origin.listen(0, '127.0.0.1', resolve)
    })
    originPort = portOf(origin)
  })
  beforeEach(() => {
    seen = []
  })
  after(async () => {
    origin.closeAllConnections()
    origin.close()
    await server.close()
  })

  const established = /^HTTP\/1\.1 200 [^\r]*\r\n\r\n$/
  const request =
    'GET /things/a/?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nAuthorization: Bearer good\r\nConnection: close\r\n\r\n'

  for (const connect of [
    'CONNECT kv1.vault.azure.net:443 HTTP/1.0\r\n\r\n',
    'CONNECT kv1.vault.azure.net:443 HTTP/1.1\r\nHost: kv1.vault.azure.net:443\r\n\r\n',
    'CONNECT KV1.VAULT.AZURE.NET:8443 HTTP/1.1\r\n\r\n',
  ]) {
    test(`serves a vault's name without credentials: ${connect.split('\r\n', 1)[0]}`, async () => {
      const tunnel = await exchange(port, connect, established)
      assert.match(tunnel.text, established)
      const answer = await askThrough(tunnel.socket, server.authorityPem, request)
      assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*"origin":"https:\/\/kv1\.vault\.azure\.net"/)
      assert.match(answer, /"ports":\[true,true\]/)
    })
  }

  test('serves a client that starts its handshake before the tunnel is confirmed', async () => {
    const hello = await new Promise<Buffer>((resolve) => {
      const trap = createNetServer((socket) => {
        socket.once('data', (chunk) => {
          resolve(Buffer.from(chunk))
          socket.destroy()
          trap.close()
        })
      }).listen(0, '127.0.0.1', () => {
        tlsConnect({ port: portOf(trap), host: '127.0.0.1', servername: 'kv1.vault.azure.net' }).on('error', () => {
          // The trap hangs up once it has the first bytes.
        })
      })
    })
    const early = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = []
      const socket = connectTo(port, '127.0.0.1')
      socket.write(Buffer.concat([Buffer.from('CONNECT kv1.vault.azure.net:443 HTTP/1.1\r\n\r\n'), hello]))
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        const all = Buffer.concat(chunks)
        const end = all.indexOf('\r\n\r\n')
        if (end !== -1 && all.length > end + 4) {
          resolve(all.subarray(end + 4))
          socket.destroy()
        }
      })
      socket.on('error', reject)
    })
    // A TLS record of type handshake: the server's hello.
    assert.equal(early[0], 22)
  })

  for (const [what, bytes] of [
    ['another host', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
    [
      'the metadata service',
      'GET http://169.254.169.254/metadata/identity/oauth2/token HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n',
    ],
    [
      'Cloud Shell',
      'POST http://localhost:50342/oauth2/token HTTP/1.1\r\nHost: localhost:50342\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a plain site', 'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n'],
    [
      'made-up credentials',
      'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nProxy-Authorization: Basic YTpi\r\n\r\n',
    ],
    [
      'broken credentials',
      'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nProxy-Authorization: Basic !!!\r\n\r\n',
    ],
  ] as const) {
    test(`asks for credentials for ${what}`, async () => {
      const { text } = await exchange(port, bytes)
      assert.match(text, /^HTTP\/1\.1 407 Proxy Authentication Required\r\n/)
      assert.match(text, /proxy-authenticate: Basic realm="strongroom"/i)
      assert.match(text, /"ProxyAuthenticationRequired"/)
    })
  }

  for (const bytes of [
    'GET /things/a HTTP/1.1\r\nHost: kv1.vault.azure.net\r\n\r\n',
    'GET http://user@169.254.169.254/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT kv1.vault.azure.net HTTP/1.1\r\n\r\n',
    'CONNECT kv1.vault.azure.net:99999 HTTP/1.1\r\n\r\n',
    'CONNECT user@kv1.vault.azure.net:443 HTTP/1.1\r\n\r\n',
  ]) {
    test(`refuses what is no proxy request: ${bytes.split('\r\n', 1)[0]}`, async () => {
      assert.match((await exchange(port, bytes)).text, /^HTTP\/1\.1 400 /)
    })
  }

  test('never serves or passes on our names without TLS, whoever asks', async () => {
    const credentials = startSession(server, 'workload')
    for (const authorization of ['', basic(credentials)]) {
      const bytes = `GET http://kv1.vault.azure.net/things/a?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nAuthorization: Bearer good\r\n${authorization}\r\n`
      assert.match((await exchange(port, bytes)).text, /^HTTP\/1\.1 403 /)
    }
  })

  test("answers the metadata service as the session's identity, from absolute form", async () => {
    const credentials = startSession(server, 'workload')
    const bytes = `GET http://169.254.169.254/metadata/identity/oauth2/token?resource=a%3A%2F%2Fb HTTP/1.1\r\nHost: something.else\r\nMetadata: true\r\n${basic(credentials)}\r\n`
    const { text, socket } = await exchange(port, bytes, /\}$/)
    socket.destroy()
    assert.match(text, /^HTTP\/1\.1 200 /)
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
    assert.equal(body.session, credentials.id)
    assert.equal(body.origin, 'http://169.254.169.254')
    assert.deepEqual(body.query, { resource: 'a://b' })
  })

  test('checks the raw path behind absolute form too', async () => {
    const credentials = startSession(server, 'workload')
    for (const path of ['/metadata/../metadata/identity/oauth2/token', '/metadata%2fidentity']) {
      const bytes = `GET http://169.254.169.254${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${basic(credentials)}\r\n`
      assert.match((await exchange(port, bytes)).text, /^HTTP\/1\.1 400 [\s\S]*"imds:malformed-path"/)
    }
  })

  test('forgets credentials with their session', async () => {
    const credentials = startSession(server, 'workload')
    const session = server.sessions.findByProxyCredentials(credentials.proxyUser, credentials.proxyPassword)
    assert.ok(session !== undefined)
    server.sessions.end(session.id)
    const bytes = `GET http://169.254.169.254/metadata/identity/oauth2/token HTTP/1.1\r\nHost: x\r\n${basic(credentials)}\r\n`
    assert.match((await exchange(port, bytes)).text, /^HTTP\/1\.1 407 /)
  })

  test('answers the Cloud Shell address for an operator session alone', async () => {
    const ask = (kind: 'workload' | 'operator', line: string) => {
      const credentials = basic(startSession(server, kind))
      const head = `${line} HTTP/1.1\r\nHost: localhost:50342\r\nContent-Length: 10\r\nConnection: close\r\n`
      return exchange(port, `${head}${credentials}\r\nresource=a`)
    }
    const token = 'POST http://localhost:50342/oauth2/token'
    assert.match((await ask('operator', token)).text, /^HTTP\/1\.1 200 [\s\S]*"body":"resource=a"/)
    assert.match((await ask('workload', token)).text, /^HTTP\/1\.1 403 /)
    assert.match((await ask('operator', 'GET http://localhost:50342/oauth2/token')).text, /^HTTP\/1\.1 403 /)
    assert.match((await ask('operator', 'POST http://localhost:50342/other')).text, /^HTTP\/1\.1 403 /)
  })

  test('passes a plain request on, without what belongs to one connection', async () => {
    const credentials = startSession(server, 'workload')
    const bytes = [
      `POST http://127.0.0.1:${originPort}/a/../b?c=%2f HTTP/1.1`,
      'Host: lying.example',
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'TE: trailers',
      'Upgrade: h2c',
      'X-End: 2',
      'Transfer-Encoding: chunked',
      `${basic(credentials)}`,
      '3\r\nabc\r\n0\r\n\r\n',
    ].join('\r\n')
    const { text } = await exchange(port, bytes)
    assert.match(text, /^HTTP\/1\.1 200 [\s\S]*from the origin/)
    assert.match(text, /X-Kept: 1/)
    assert.doesNotMatch(text, /X-Dropped|Proxy-Authenticate/i)
    assert.equal(seen.length, 1)
    const { message, body } = seen[0] ?? assert.fail()
    assert.equal(message.url, '/a/../b?c=%2f')
    assert.equal(body, 'abc')
    assert.equal(message.headers.host, `127.0.0.1:${originPort}`)
    assert.equal(message.headers['x-end'], '2')
    for (const name of ['proxy-authorization', 'proxy-connection', 'x-hop', 'keep-alive', 'te', 'upgrade']) {
      assert.equal(message.headers[name], undefined, name)
    }
  })

  test('passes a tunnel on, byte for byte', async () => {
    const credentials = startSession(server, 'workload')
    const connect = `CONNECT 127.0.0.1:${originPort} HTTP/1.1\r\n${basic(credentials)}\r\n`
    const tunnel = await exchange(port, connect, established)
    assert.match(tunnel.text, established)
    const text = await new Promise<string>((resolve) => {
      let all = ''
      tunnel.socket.on('data', (chunk: Buffer) => {
        all += chunk.toString('latin1')
      })
      tunnel.socket.on('close', () => resolve(all))
      tunnel.socket.write('GET /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    })
    assert.match(text, /from the origin/)
    assert.equal(seen[0]?.message.url, '/raw')
  })

  test('never reaches our own listeners by way of itself', async () => {
    const { proxyPort, httpsPort, identityPort, healthPort } = server.addresses
    const credentials = basic(startSession(server, 'operator'))
    for (const own of [proxyPort, httpsPort, identityPort, healthPort]) {
      for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
        assert.match(
          (await exchange(port, `CONNECT ${host}:${own} HTTP/1.1\r\n${credentials}\r\n`)).text,
          /^HTTP\/1\.1 403 /,
        )
        const plain = `GET http://${host}:${own}/msi/token HTTP/1.1\r\nHost: x\r\n${credentials}\r\n`
        assert.match((await exchange(port, plain)).text, /^HTTP\/1\.1 403 /)
      }
    }
    assert.match(
      (await exchange(port, `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${credentials}\r\n`)).text,
      /^HTTP\/1\.1 403 /,
    )
  })

  test('says so when a host cannot be reached', async () => {
    const credentials = basic(startSession(server, 'workload'))
    const closed = createNetServer()
    const closedPort = await new Promise<number>((resolve) => {
      closed.listen(0, '127.0.0.1', () => resolve(portOf(closed)))
    })
    closed.close()
    const { text } = await exchange(port, `CONNECT 127.0.0.1:${closedPort} HTTP/1.1\r\n${credentials}\r\n`)
    assert.match(text, /^HTTP\/1\.1 502 [\s\S]*"Unreachable"/)
  })

  test('survives a far server that answers with nonsense', async () => {
    const credentials = basic(startSession(server, 'workload'))
    for (const nonsense of [
      'HTTP/1.1 099 Odd\r\n\r\n',
      'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n',
      'nonsense\r\n',
      '',
    ]) {
      const far = createNetServer((socket) => socket.end(nonsense))
      const farPort = await new Promise<number>((resolve) => {
        far.listen(0, '127.0.0.1', () => resolve(portOf(far)))
      })
      const plain = `GET http://127.0.0.1:${farPort}/ HTTP/1.1\r\nHost: x\r\n${credentials}\r\n`
      assert.match((await exchange(port, plain)).text, /^HTTP\/1\.1 502 [\s\S]*"Unreachable"/, nonsense)
      far.close()
    }
  })

  test('refuses ambiguous framing and overlong heads', async () => {
    const smuggled =
      'POST http://example.com/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.match((await exchange(port, smuggled)).text, /^HTTP\/1\.1 400 /)
    const long = `CONNECT kv1.vault.azure.net:443 HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`
    assert.match((await exchange(port, long)).text, /^HTTP\/1\.1 431 /)
  })
})

describe('a proxy that is set to serve no other hosts', () => {
  test('refuses them, credentials or not', async () => {
    const server = await startTestHttp({ passesOthers: false })
    try {
      const credentials = basic(startSession(server, 'workload'))
      const { proxyPort } = server.addresses
      assert.match(
        (await exchange(proxyPort, `CONNECT example.com:443 HTTP/1.1\r\n${credentials}\r\n`)).text,
        /^HTTP\/1\.1 403 /,
      )
      const plain = `GET http://example.com/ HTTP/1.1\r\nHost: x\r\n${credentials}\r\n`
      assert.match((await exchange(proxyPort, plain)).text, /^HTTP\/1\.1 403 [\s\S]*"ProxyForbidden"/)
    } finally {
      await server.close()
    }
  })
})
