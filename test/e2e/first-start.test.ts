import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { health } from '../support/health.ts'
import { operatorToken } from '../support/raw-client.ts'
import { type Furnished, furnish, type RunFacts, RunningServer } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const modeOf = ({ mode }: Stats): string => (mode & 0o777).toString(8)

describe('a first start', () => {
  let server: RunningServer
  let readyLine: string
  before(async () => {
    server = new RunningServer()
    readyLine = await server.start()
  })
  after(async () => server?.remove())

  test('says on one line where it answers', () => {
    const { httpsPort, proxyPort, identityPort, healthPort } = server.facts
    assert.equal(
      readyLine,
      `strongroom is ready: https 127.0.0.1:${httpsPort}, proxy ${proxyPort}, identity ${identityPort}, health ${healthPort}, data ${server.data}`,
    )
    const ports = [httpsPort, proxyPort, identityPort, healthPort]
    assert.equal(new Set(ports).size, 4)
    for (const port of ports) assert.ok(port > 0)
  })

  test('writes down what commands need to know, and nothing secret', () => {
    const { pid, tenantId, subscriptionId, auditVerifierKey, ...rest } = server.facts
    assert.equal(pid, server.processId)
    assert.match(tenantId, guid)
    assert.match(subscriptionId, guid)
    assert.match(auditVerifierKey, /^[0-9a-f-]{36}\/audit\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/)
    assert.deepEqual(Object.keys(rest).sort(), [
      'caFile',
      'controlSocket',
      'domain',
      'healthPort',
      'httpsPort',
      'identityPort',
      'privateEndpoints',
      'proxyPort',
    ])
    assert.equal(rest.caFile, join(server.data, 'ca.pem'))
    assert.match(readFileSync(rest.caFile, 'utf8'), /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\n$/)
  })

  test('closes its directory and everything in it to others', () => {
    assert.equal(modeOf(lstatSync(server.data)), '700')
    const found = readdirSync(server.data, { recursive: true, withFileTypes: true })
    assert.ok(found.length > 10)
    for (const entry of found) {
      const path = join(entry.parentPath, entry.name)
      const its = lstatSync(path, { throwIfNoEntry: false })
      // A draft that takes another file's place is gone the moment after.
      if (its === undefined) continue
      assert.equal(modeOf(its), entry.isDirectory() ? '700' : '600', relative(server.data, path))
    }
    assert.ok(existsSync(join(server.data, 'keys', 'key-encryption-key')))
  })

  test('answers /livez and /readyz on the health port', async () => {
    assert.deepEqual(await health(server.facts, '/livez'), { status: 200, body: { status: 'ok' } })
    assert.deepEqual(await health(server.facts, '/readyz'), {
      status: 200,
      body: { status: 'ok', checks: { database: 'ok', audit: 'ok' } },
    })
  })

  test('refuses a second server on the same directory, which harms nothing', async () => {
    const ran = await server.try(['serve', '--https-port', '0'])
    assert.deepEqual(
      { code: ran.code, stdout: ran.stdout, stderr: ran.stderr },
      {
        code: 1,
        stdout: '',
        stderr: 'ERROR: Another Strongroom server uses this data directory. Stop it, or choose another directory.\n',
      },
    )
    assert.equal(await server.command(['shell', '--', 'echo', 'still here']), 'still here')
  })

  test('says which port is taken, and leaves nothing open', async () => {
    const other = new RunningServer({ flags: ['--https-port', String(server.facts.httpsPort)] })
    await assert.rejects(
      other.start(),
      /ERROR: Port \d+ of 127\.0\.0\.1 is in use\. Stop what listens there, or choose/,
    )
    assert.equal(existsSync(join(other.data, 'run.json')), false)
    assert.deepEqual(
      readdirSync(other.data).filter((name) => name === 'runtime'),
      [],
    )
    await other.remove()
  })

  test('ends on SIGTERM with 0 and takes its run file and socket along', async () => {
    assert.equal(await server.end('SIGTERM'), 0)
    assert.equal(existsSync(join(server.data, 'run.json')), false)
    assert.equal(existsSync(join(server.data, 'runtime')), false)
    assert.deepEqual(readdirSync(join(server.data, 'sessions')), [])
  })
})

describe('a second start', () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
  })
  after(async () => server?.remove())

  test('keeps ids, keys and the authority', async () => {
    const before = server.facts
    const authority = readFileSync(before.caFile, 'utf8')
    const keys = await jwks(server.facts)
    await server.end()
    await server.start()
    const { tenantId, subscriptionId, auditVerifierKey } = server.facts
    assert.deepEqual(
      { tenantId, subscriptionId, auditVerifierKey },
      {
        tenantId: before.tenantId,
        subscriptionId: before.subscriptionId,
        auditVerifierKey: before.auditVerifierKey,
      },
    )
    assert.equal(readFileSync(before.caFile, 'utf8'), authority)
    assert.deepEqual(await jwks(server.facts), keys)
  })

  test('with another domain makes a new authority, and says so aloud', async () => {
    const authority = readFileSync(join(server.data, 'ca.pem'), 'utf8')
    await server.end()
    const moved = new RunningServer({ data: server.data, flags: ['--domain', 'vaults.example'] })
    try {
      await moved.start()
      assert.notEqual(readFileSync(join(server.data, 'ca.pem'), 'utf8'), authority)
      const isWarned = (): boolean =>
        moved.log
          .split('\n')
          .some((line) => line.includes('"level":40') && line.includes('the names that it may certify have changed'))
      await until(isWarned, 'the warning')
      assert.equal((await jwks(moved.facts, 'login.vaults.example')).length > 0, true)
      await moved.end()
    } finally {
      await moved.remove()
    }
    await server.start()
  })

  for (const [what, path, bits, sentence] of [
    ['the key-encryption key is', 'keys/key-encryption-key', 0o640, /key/],
    ["the key's folder is", 'keys', 0o750, /folder of the key/],
    ['the data directory is', '', 0o755, /data directory is open to other users \(mode 755\)/],
  ] as const) {
    test(`is refused when ${what} open to others`, async () => {
      await server.end()
      const target = join(server.data, path)
      const former = statSync(target).mode & 0o777
      chmodSync(target, bits)
      await assert.rejects(server.start(), sentence)
      chmodSync(target, former)
      await server.start()
    })
  }
})

describe('a server that is told to end', () => {
  let server: RunningServer
  let made: Furnished
  let token: string
  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-drain', app: 'drain-app' })
    token = await operatorToken(server)
  })
  after(async () => server?.remove())

  async function startWrite(name: string): Promise<{ socket: TLSSocket; body: string; answer: Promise<string> }> {
    const host = `${made.vault}.vault.azure.net`
    const { httpsPort, caFile } = server.facts
    const socket = connect({ port: httpsPort, host: '127.0.0.1', servername: host, ca: readFileSync(caFile) })
    const body = JSON.stringify({ value: 'written while the server ends' })
    let text = ''
    const answer = new Promise<string>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      socket.on('error', () => resolve(text))
      socket.on('close', () => resolve(text))
    })
    const head = [
      `PUT /secrets/${name}?api-version=7.4 HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
    // The server reads the head of this request before it answers one that comes after it.
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    await health(server.facts, '/livez')
    return { socket, body, answer }
  }

  test('finishes the request under way, and its write is there after the next start', async () => {
    const { socket, body, answer } = await startWrite('drained')
    const ended = server.end('SIGTERM')
    await until(async () => (await health(server.facts, '/livez').catch(() => undefined)) === undefined, 'the stop')
    socket.write(body.slice(5))
    const text = await answer
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(text, /\r\nconnection: close\r\n/i)
    assert.equal(await ended, 0)
    await server.start()
    const shown = await server.command([
      ...['keyvault', 'secret', 'show', '--vault-name', made.vault, '-n', 'drained', '--query', 'value', '-o', 'tsv'],
    ])
    assert.equal(shown, 'written while the server ends')
  })

  test('ends once when it is told so by two signals', async () => {
    const { socket, body, answer } = await startWrite('told-twice')
    const { processId } = server
    const said = server.log.length
    const ended = server.end('SIGINT')
    await until(async () => (await health(server.facts, '/livez').catch(() => undefined)) === undefined, 'the stop')
    process.kill(processId, 'SIGTERM')
    const started = performance.now()
    socket.write(body.slice(5))
    assert.match(await answer, /^HTTP\/1\.1 200 OK\r\n/)
    assert.equal(await ended, 0)
    assert.ok(performance.now() - started < 8000, 'It waited on for the request that had ended.')
    assert.equal(server.log.slice(said), '')
    await server.start()
  })

  test('waits for nobody longer than ten seconds', async () => {
    const { answer } = await startWrite('never-finished')
    const started = performance.now()
    const end = await server.end('SIGTERM')
    const took = performance.now() - started
    // A server that has nine seconds behind it takes its run file away, and has one more to close; then its watchdog ends it.
    assert.ok(end === 0 || (end === 'SIGKILL' && took > 9_900), String(end))
    assert.equal(existsSync(join(server.data, 'run.json')), false)
    // Without its own limit it would wait as long as a request may take, which is a minute.
    assert.ok(took < 40_000, String(took))
    assert.doesNotMatch(await answer, /^HTTP\/1\.1 200/)
  })
})

/** The key ids of the tenant's signing keys, over TLS that is verified against the server's own authority. */
function jwks(facts: RunFacts, host = 'login.microsoftonline.com'): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca: readFileSync(facts.caFile) })
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port: facts.httpsPort,
        servername: host,
        path: `/${facts.tenantId}/discovery/v2.0/keys`,
        headers: { host },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('end', () => {
          agent.destroy()
          const set: { readonly keys: readonly { readonly kid: string }[] } = JSON.parse(text)
          resolve(set.keys.map(({ kid }) => kid))
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
