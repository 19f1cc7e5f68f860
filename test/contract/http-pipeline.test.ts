import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { after, before, describe, test } from 'node:test'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { ask, exchange, samplePlace, startTestHttp, type TestHttp } from '../support/http-fixture.ts'

const good = { authorization: 'Bearer good' }

function codeOf(json: unknown): unknown {
  return (json as { error?: { code?: unknown } } | undefined)?.error?.code
}

describe('a request over https', () => {
  let server: TestHttp
  before(async () => {
    server = await startTestHttp()
  })
  after(() => server.close())

  /** Writes raw bytes over TLS and gives the first answer's text. */
  function askRaw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { port: server.addresses.httpsPort, host: '127.0.0.1', servername: 'kv1.vault.azure.net' }
      const socket: TLSSocket = tlsConnect({ ...options, ca: server.authorityPem }, () => socket.write(text))
      let answer = ''
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1')
        const final = answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
        const head = final.indexOf('\r\n\r\n')
        const length = /content-length: (\d+)/i.exec(final)?.[1] ?? '0'
        if (head !== -1 && final.length >= head + 4 + Number(length)) socket.destroy()
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  }

  /** Writes raw bytes over TLS and keeps the connection. */
  async function rawSocket(text: string): Promise<TLSSocket> {
    const options = { port: server.addresses.httpsPort, host: '127.0.0.1', servername: 'kv1.vault.azure.net' }
    const socket = tlsConnect({ ...options, ca: server.authorityPem })
    await once(socket, 'secureConnect')
    await new Promise((resolve) => socket.write(text, resolve))
    return socket
  }

  test('reaches its operation with everything the edge has decoded', async () => {
    const answer = await ask(server, {
      path: '/Things/My%2Dname/?api%2Dversion=7.4&$filter=a+b',
      host: 'KV1.vault.azure.net',
      headers: { ...good, 'x-ms-client-request-id': 'c1', 'x-forwarded-for': '10.0.0.1' },
    })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.json, {
      method: 'GET',
      origin: 'https://KV1.vault.azure.net',
      path: { name: 'My-name', version: '' },
      query: { 'api-version': '7.4', $filter: 'a b' },
      apiVersion: '7.4',
      body: '',
      contentType: '',
      place: samplePlace.name,
      forwarded: '10.0.0.1',
      tlsVersion: 'TLS1_3',
      clientRequestId: 'c1',
      ports: [true, true],
    })
    assert.match(String(answer.headers['x-ms-request-id']), /^[0-9a-f-]{36}$/)
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(answer.headers['content-length'], String(Buffer.byteLength(answer.text)))
  })

  test('keeps its connection, and one connection may name several hosts', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, checkServerIdentity: () => undefined })
    const origins: unknown[] = []
    for (const host of ['kv1.vault.azure.net', 'kv1.vault.localhost:8443', 'kv1.vault.azure.net']) {
      const { json } = await ask(server, { path: '/things/a?api-version=7.4', host, headers: good, agent })
      origins.push((json as { origin: string }).origin)
    }
    agent.destroy()
    assert.deepEqual(origins, [
      'https://kv1.vault.azure.net',
      'https://kv1.vault.localhost:8443',
      'https://kv1.vault.azure.net',
    ])
  })

  test('resumes a TLS session by its ticket', async () => {
    const options = {
      port: server.addresses.httpsPort,
      host: '127.0.0.1',
      servername: 'kv1.vault.azure.net',
      ca: server.authorityPem,
    }
    const session = await new Promise<Buffer>((resolve, reject) => {
      const socket = tlsConnect(options)
      socket.on('error', reject)
      socket.once('session', (ticket: Buffer) => {
        socket.destroy()
        resolve(ticket)
      })
    })
    const reused = await new Promise<boolean>((resolve, reject) => {
      const socket: TLSSocket = tlsConnect({ ...options, session }, () => {
        resolve(socket.isSessionReused())
        socket.destroy()
      })
      socket.on('error', reject)
    })
    assert.equal(reused, true)
  })

  test('is challenged before route, method, api-version and body are judged', async () => {
    const requests = [
      { path: '/things/a?api-version=7.4' },
      { path: '/nothing' },
      { path: '/things/a', method: 'DELETE' },
      { path: '/things/a?api-version=nonsense' },
      { path: '/things/a?api-version=7.4&api-version=7.4' },
      { path: '/things/a?api-version=7.4', method: 'PUT', headers: { 'content-length': '0' } },
      { path: '/things/a?api-version=7.4', method: 'PUT', body: 'not json' },
    ]
    for (const request of requests) {
      const answer = await ask(server, { ...request, host: 'kv1.vault.localhost:8443' })
      assert.equal(answer.status, 401, request.path)
      assert.equal(
        answer.headers['www-authenticate'],
        `Bearer authorization="https://login/${samplePlace.tenant}", resource="https://kv1.vault.localhost:8443"`,
      )
    }
    assert.equal((await ask(server, { path: '/things/a', headers: { authorization: 'Bearer bad' } })).status, 401)
  })

  test('is refused after authentication for what it asks', async () => {
    const cases: readonly (readonly [string, string, number, string])[] = [
      ['GET', '/nothing', 404, 'vault:unknown-route'],
      ['DELETE', '/things/a', 405, 'vault:method-not-allowed'],
      ['GET', '/things/a', 400, 'vault:api-version'],
      ['GET', '/things/a?api-version=8.0', 400, 'vault:api-version'],
      ['GET', '/things/a?api-version=7.4&api%2dversion=7.5', 400, 'vault:malformed-query'],
    ]
    for (const [method, path, status, code] of cases) {
      const answer = await ask(server, { method, path, headers: good })
      assert.deepEqual([answer.status, codeOf(answer.json)], [status, code], path)
    }
  })

  test('is refused for a malformed raw path before anybody is asked who calls', async () => {
    for (const path of [
      '/things/../a',
      '/things/%2e%2e/a',
      '/things/a%2fb',
      '/things/a%5cb',
      '/things/a\\b',
      '/things/%00',
    ]) {
      const answer = await askRaw(`GET ${path}?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 400 /, path)
      assert.match(answer, /"vault:malformed-path"/, path)
    }
    const query = await askRaw('GET /things/a?x=%0d%0a HTTP/1.1\r\nHost: kv1.vault.azure.net\r\n\r\n')
    assert.match(query, /"vault:malformed-query"/)
  })

  test('is answered 421 for a host that is not ours and 400 for none or two', async () => {
    const unknown = await askRaw('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n')
    assert.match(unknown, /^HTTP\/1\.1 421 [\s\S]*"MisdirectedRequest"/)
    assert.match(await askRaw('GET / HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /)
    const two = await askRaw('GET / HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nHost: kv2.vault.azure.net\r\n\r\n')
    assert.match(two, /^HTTP\/1\.1 4\d\d /)
    assert.match(await askRaw('GET / HTTP/1.1\r\nHost: x@kv1.vault.azure.net\r\n\r\n'), /^HTTP\/1\.1 4\d\d /)
  })

  test('learns that a vault is unknown only after it has shown a token', async () => {
    const host = 'nobody.vault.azure.net'
    assert.equal((await ask(server, { path: '/things/a?api-version=7.4', host })).status, 401)
    const answer = await ask(server, { path: '/things/a?api-version=7.4', host, headers: good })
    assert.deepEqual([answer.status, codeOf(answer.json)], [404, 'vault:unknown-vault'])
  })

  test('is not mixed up with another that is under way on the same connection', async () => {
    const get = (host: string) => `GET /things/a HTTP/1.1\r\nHost: ${host}\r\n`
    const text = await new Promise<string>((resolve, reject) => {
      const options = { port: server.addresses.httpsPort, host: '127.0.0.1', servername: 'kv1.vault.azure.net' }
      const socket: TLSSocket = tlsConnect({ ...options, ca: server.authorityPem }, () => {
        const [one, two, three] = ['nobody.vault.azure.net', 'kv1.vault.localhost:1', 'nobody.vault.localhost:2'].map(
          get,
        )
        socket.write(`${one}\r\n${two}\r\n${three}Connection: close\r\n\r\n`)
      })
      let all = ''
      socket.on('data', (chunk: Buffer) => {
        all += chunk.toString('latin1')
      })
      socket.on('end', () => resolve(all))
      socket.on('error', reject)
    })
    const resources = [...text.matchAll(/resource="https:\/\/([^"]+)"/g)].map(([, host]) => host)
    assert.deepEqual(resources, ['nobody.vault.azure.net', 'kv1.vault.localhost:1', 'nobody.vault.localhost:2'])
  })

  test('needs no token for an open operation', async () => {
    assert.equal((await ask(server, { path: '//public' })).status, 200)
    assert.equal((await ask(server, { path: '/public/' })).status, 200)
  })

  test('brings its body, also chunked and after 100 Continue', async () => {
    const put = { method: 'PUT', path: '/things/a?api-version=7.4', body: 'é'.repeat(100) }
    const sized = await ask(server, {
      ...put,
      headers: { ...good, 'content-type': 'text/plain', 'content-length': '200' },
    })
    assert.equal((sized.json as { body: string }).body, put.body)
    assert.equal((sized.json as { contentType: string }).contentType, 'text/plain')
    const chunked = await ask(server, { ...put, headers: { ...good, 'transfer-encoding': 'chunked' } })
    assert.equal((chunked.json as { body: string }).body, put.body)
    const waited = await askRaw(
      'PUT /things/a?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nAuthorization: Bearer good\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok',
    )
    assert.match(waited, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  })

  test('is answered 413 for a body over the limit, announced or not, and its connection stays usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const body = 'x'.repeat(300_000)
    const put = { method: 'PUT', path: '/things/a?api-version=7.4', body, agent }
    const announced = await ask(server, { ...put, headers: { 'content-length': String(body.length) } })
    assert.deepEqual([announced.status, codeOf(announced.json)], [413, 'vault:body-too-large'])
    const chunked = await ask(server, { ...put, headers: { ...good, 'transfer-encoding': 'chunked' } })
    assert.deepEqual([chunked.status, codeOf(chunked.json)], [413, 'vault:body-too-large'])
    const small = await ask(server, { ...put, body: 'x', headers: { ...good, 'content-length': '1' } })
    assert.equal(small.status, 200)
    agent.destroy()
  })

  test('may have a larger body where the operation takes one, up to its own limit', async () => {
    const put = (path: string, length: number) =>
      ask(server, {
        method: 'PUT',
        path: `${path}?api-version=7.4`,
        body: 'x'.repeat(length),
        headers: { ...good, 'content-length': String(length) },
      })
    assert.equal((await put('/things/a', 1025)).status, 413)
    assert.equal((await put('/things/a/large', 4096)).status, 200)
    assert.equal((await put('/things/a/large', 4097)).status, 413)
    assert.equal((await put('/things/a/nowhere', 1025)).status, 413)
  })

  test("waits with a larger body for the caller's one before it, and for nobody else", async () => {
    const answered: string[] = []
    const large = (name: string, body: string): string =>
      `PUT /things/${name}/large?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nAuthorization: Bearer good\r\nContent-Length: 2000\r\n\r\n${body}`
    const started = await rawSocket(large('first', 'x'))
    const gone = await rawSocket(large('gone', 'x'))
    const second = askRaw(large('second', 'x'.repeat(2000))).then((answer) => {
      answered.push('second')
      return answer
    })
    gone.destroy()
    for (let others = 0; others < 10; others++) {
      const small = { method: 'PUT', path: '/things/a/large?api-version=7.4', body: 'x' }
      assert.equal((await ask(server, { ...small, headers: { ...good, 'content-length': '1' } })).status, 200)
    }
    const first = once(started, 'data').then(([answer]) => {
      answered.push('first')
      return String(answer)
    })
    started.write('x'.repeat(1999))
    assert.match(await first, /^HTTP\/1\.1 200 /)
    assert.match(await second, /^HTTP\/1\.1 200 /)
    assert.deepEqual(answered, ['first', 'second'])
    started.destroy()
  })

  test('closes when a client that waits for 100 Continue is refused', async () => {
    const answer = await askRaw(
      'PUT /things/a?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 401 [\s\S]*connection: close/i)
  })

  test('is answered 431 for headers over the limit and 400 for ambiguous framing', async () => {
    const long = 'x'.repeat(40_000)
    assert.match(
      await askRaw(`GET /public HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nX: ${long}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    )
    const smuggled =
      'POST /public HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.match(await askRaw(smuggled), /^HTTP\/1\.1 400 /)
  })

  test('has its refusals counted by reason and source', () => {
    const reasons = new Set(server.refusals.map(({ reason }) => reason))
    for (const reason of ['malformed-path', 'unknown-vault', 'body-too-large', 'unsupported-host']) {
      assert.ok(reasons.has(reason), reason)
    }
  })
})

describe('the other listeners', () => {
  let server: TestHttp
  before(async () => {
    server = await startTestHttp()
  })
  after(() => server.close())

  const get = (port: number, path: string, host: string) =>
    exchange(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)

  test('the identity endpoint answers on loopback names only', async () => {
    const { identityPort } = server.addresses
    assert.match((await get(identityPort, '/msi/token/', `127.0.0.1:${identityPort}`)).text, /^HTTP\/1\.1 200 /)
    assert.match((await get(identityPort, '/msi/token', 'localhost')).text, /^HTTP\/1\.1 200 /)
    assert.match((await get(identityPort, '/msi/token', 'evil.example')).text, /^HTTP\/1\.1 421 /)
  })

  test('health says that the process lives and which check fails, and nothing more', async () => {
    const { healthPort } = server.addresses
    assert.match((await get(healthPort, '/livez', 'any')).text, /^HTTP\/1\.1 200 [\s\S]*\{"status":"ok"\}$/)
    const ready = (await get(healthPort, '/readyz', 'any')).text
    assert.match(ready, /^HTTP\/1\.1 503 [\s\S]*\{"status":"failing","checks":\{"fine":"ok","broken":"failing"\}\}$/)
    assert.doesNotMatch(ready, /secret detail/)
    assert.match((await get(healthPort, '/metrics', 'any')).text, /^HTTP\/1\.1 404 /)
  })
})

describe('a server that stops', () => {
  test('finishes what is under way, tells the client to close, and accepts nothing more', async () => {
    const server = await startTestHttp()
    try {
      const pending = ask(server, { path: '/slow' })
      await ask(server, { path: '/public' })
      while ((await ask(server, { path: '/public' })).status !== 200);
      const drained = server.http.drain(60_000)
      await assert.rejects(ask(server, { path: '/public' }))
      server.release()
      const answer = await pending
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['connection'], 'close')
      await drained
    } finally {
      await server.close()
    }
  })

  test('waits no longer than its limit', async () => {
    const server = await startTestHttp()
    const pending = assert.rejects(ask(server, { path: '/slow' }))
    await ask(server, { path: '/public' })
    await server.http.drain(20)
    await pending
    await server.close()
  })
})
