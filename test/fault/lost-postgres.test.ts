/** A PostgreSQL that is gone for a while under a running server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Acknowledged } from '../support/acknowledged.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { operatorToken, type RawAnswer, RawClient, type RawRequest } from '../support/raw-client.ts'
import { furnish, RunningServer } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

const vault = 'kv-lost'
const host = `${vault}.vault.azure.net`
const patienceMilliseconds = 60_000
/** An answer that says "not now" must not keep a client waiting: it takes milliseconds, unless the machine does nothing at all. */
const slowestRefusalMilliseconds = 20_000

describe('a lost PostgreSQL', { skip: postgresMissing() }, () => {
  let folder: string
  let urlFile: string
  let postgres: TestPostgres
  let server: RunningServer
  let client: RawClient
  let seen: Acknowledged
  let token: string
  let management: string
  let session: { readonly endpoint: string; readonly header: string }
  let verifierKey: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-lost-'))
    postgres = await startPostgres()
    urlFile = join(folder, 'database-url')
    writeFileSync(urlFile, await postgres.createDatabase(), { mode: 0o600 })
    server = await RunningServer.start({ flags: ['--database-url-file', urlFile] })
    await furnish(server, { vault, app: 'lost-app' })
    token = await operatorToken(server)
    management = await operatorToken(server, 'https://management.azure.com')
    seen = new Acknowledged(vault, token)
    client = new RawClient(server.facts.httpsPort)
    verifierKey = server.facts.auditVerifierKey
    const variables = await server.command(['session', 'start', '--app', 'lost-app'])
    session = {
      endpoint: /^IDENTITY_ENDPOINT=(\S+)$/m.exec(variables)?.[1] ?? '',
      header: /^IDENTITY_HEADER=(\S+)$/m.exec(variables)?.[1] ?? '',
    }
    assert.equal((await seen.write(client, 'held')).status, 200)
    assert.equal((await seen.read(client, 'held')).status, 200)
  })
  after(async () => {
    client?.close()
    await server?.remove()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const tenant = (): string => server.facts.tenantId
  const audited = (): readonly (readonly [string, RawRequest])[] => [
    ['getSecret', { path: '/secrets/held?api-version=7.4', host, token }],
    ['getSecrets', { path: '/secrets?api-version=7.4', host, token }],
    ['setSecret', { method: 'PUT', path: '/secrets/lost?api-version=7.4', host, token, body: '{"value":"x"}' }],
    [
      'resource groups',
      {
        path: `/subscriptions/${server.facts.subscriptionId}/resourcegroups?api-version=2021-04-01`,
        host: 'management.azure.com',
        token: management,
      },
    ],
    [
      'a token request',
      {
        method: 'POST',
        path: `/${tenant()}/oauth2/v2.0/token`,
        host: 'login.microsoftonline.com',
        body: `grant_type=client_credentials&client_id=${tenant()}&client_secret=wrong&scope=https%3A%2F%2Fvault.azure.net%2F.default`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
  ]

  /** What answers from memory: clients cache it, and balancers ask for it. */
  const unaudited = (): readonly string[] => [
    `/${tenant()}/discovery/v2.0/keys`,
    `/${tenant()}/v2.0/.well-known/openid-configuration`,
    `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(`https://login.microsoftonline.com/${tenant()}/oauth2/v2.0/authorize`)}`,
  ]

  /** Status and headers of a plain request to this machine. */
  function ask(
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly retryAfter: string; readonly text: string }> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8')
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? '', text }),
        )
      }).on('error', reject)
    })
  }
  const health = (path: string): ReturnType<typeof ask> => ask(`http://127.0.0.1:${server.facts.healthPort}${path}`)

  async function timed(work: () => Promise<RawAnswer>): Promise<RawAnswer> {
    const from = performance.now()
    const answer = await work()
    const took = performance.now() - from
    assert.ok(took < slowestRefusalMilliseconds, `a refusal took ${Math.round(took)} ms`)
    return answer
  }

  for (const round of [1, 2]) {
    test(`round ${round}: audited operations answer 503 while it is gone, and are back without a restart`, async () => {
      // Load at the moment of the loss, so that connections break in the middle of things.
      let running = true
      const load = Array.from({ length: 8 }, async (_, at) => {
        while (running) {
          const answer = at % 2 === 0 ? await seen.write(client, `loaded-${at}`) : await seen.read(client, 'held')
          assert.ok([200, 503].includes(answer.status), answer.text)
          if (answer.status === 503) return
        }
      })
      await delay(300)
      await postgres.halt()
      const limit = setTimeout(() => {
        running = false
      }, patienceMilliseconds)
      await Promise.all(load)
      clearTimeout(limit)
      assert.ok(running, 'the server answered from a database that is gone')

      for (const [what, request] of audited()) {
        const answer = await timed(() => client.send(request))
        assert.equal(answer.status, 503, `${what}: ${answer.text}`)
        assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/, what)
      }
      const identity = await ask(`${session.endpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net`, {
        'x-identity-header': session.header,
      })
      assert.equal(identity.status, 503)
      assert.match(identity.retryAfter, /^[1-9]\d*$/)
      const ready = await health('/readyz')
      assert.equal(ready.status, 503)
      assert.deepEqual(JSON.parse(ready.text).checks, { database: 'failing', audit: 'failing' })
      assert.equal((await health('/livez')).status, 200)
      for (const path of unaudited()) {
        assert.equal((await client.send({ path, host: 'login.microsoftonline.com' })).status, 200, path)
      }
      assert.equal((await client.send({ path: '/secrets/held?api-version=7.4', host })).status, 401)

      await postgres.resume()
      await until(async () => (await health('/readyz')).status === 200, 'readiness, now that PostgreSQL is back')
      assert.equal((await seen.read(client, 'held')).status, 200)
      assert.equal((await seen.write(client, 'held')).status, 200)
      await seen.check(server, client, { verifierKey, database: ['--database-url-file', urlFile] })
    })
  }

  test('a start without it is refused with a sentence', async () => {
    client.close()
    await server.end()
    await postgres.halt()
    await assert.rejects(server.start(), { message: /^ERROR: The database cannot be reached\.$/m })
    await postgres.resume()
    await server.start()
    client = new RawClient(server.facts.httpsPort)
    await seen.check(server, client, { verifierKey, database: ['--database-url-file', urlFile] })
  })
})
