/** A full disk under a whole server: database, audit log and checkpoint on a small disk of their own. */
import assert from 'node:assert/strict'
import { get } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { Acknowledged } from '../support/acknowledged.ts'
import { missing } from '../support/components.ts'
import { operatorToken, RawClient } from '../support/raw-client.ts'
import { furnish, RunningServer } from '../support/running-server.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/strongroom-process.ts'

const mebibytes = 48
/** The log holds space for a while: some ten thousand records. Callers with a long name make them larger. */
const enoughCalls = 60_000
const longAgent = { 'user-agent': 'x'.repeat(512) }
/** Refused reads and as many writes, and the lines of a log that says nothing of each: a few at first, and a few each second. */
const refusals = 100
const linesAllowed = (seconds: number): number => 20 + 3 * seconds

describe('a full disk', { skip: missing('unshare', ['-m', 'true'], 'a mount namespace of its own needs root') }, () => {
  let disk: SmallDisk
  let server: RunningServer
  let client: RawClient
  let seen: Acknowledged
  let verifierKey: string

  before(async () => {
    disk = await mountSmallDisk(mebibytes)
    server = await RunningServer.start({ data: `${disk.path}/data`, namespace: disk.namespace })
    await furnish(server, { vault: 'kv-full', app: 'full-app' })
    seen = new Acknowledged('kv-full', await operatorToken(server))
    client = new RawClient(server.facts.httpsPort, { connections: 32 })
    verifierKey = server.facts.auditVerifierKey
    assert.equal((await seen.write(client, 'held')).status, 200)
  })
  after(async () => {
    client?.close()
    await server?.remove()
    await disk?.remove()
  })

  /** Status and body of the health listener. */
  function health(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: server.facts.healthPort, path, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8')
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      }).on('error', reject)
    })
  }

  /** Reads and writes until nothing is answered any more. */
  async function useUp(): Promise<void> {
    let calls = 0
    let isFull = false
    const worker = async (at: number): Promise<void> => {
      while (!isFull && calls < enoughCalls) {
        calls++
        // Writes are refused first: the database has no space set aside, and the log has.
        const isWriter = at % 16 === 0
        const answer = isWriter
          ? await seen.write(client, `filling-${at}`)
          : await seen.read(client, 'held', '', longAgent)
        assert.ok([200, 503].includes(answer.status), answer.text)
        isFull ||= answer.status === 503 && !isWriter
      }
    }
    await Promise.all(Array.from({ length: 32 }, (_, at) => worker(at)))
    assert.ok(isFull, 'the disk was not full')
  }

  // Twice: the space that the log sets aside must be there again.
  for (const round of [1, 2]) {
    test(`round ${round}: answers stop, readiness drops, and both are back without a restart when there is space`, async () => {
      disk.fill()
      await useUp()
      const [linesBefore, refusedFrom] = [server.log.split('\n').length, performance.now()]
      for (let tries = 0; tries < refusals; tries++) {
        const [read, written] = [await seen.read(client, 'held'), await seen.write(client, 'refused')]
        for (const answer of [read, written]) {
          assert.equal(answer.status, 503, answer.text)
          assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
          assert.ok(!answer.text.includes('value-'))
        }
      }
      const lines = server.log.split('\n').length - linesBefore
      const seconds = (performance.now() - refusedFrom) / 1000
      assert.ok(
        lines < linesAllowed(seconds),
        `${lines} lines were logged in ${seconds} s: a full disk must not be filled with words about it`,
      )
      const ready = await health('/readyz')
      assert.equal(ready.status, 503)
      assert.equal(JSON.parse(ready.text).checks.audit, 'failing')
      assert.equal((await health('/livez')).status, 200)

      disk.free()
      await until(async () => (await health('/readyz')).status === 200, 'readiness, now that there is space')
      assert.equal((await seen.read(client, 'held')).status, 200)
      assert.equal((await seen.write(client, 'held')).status, 200)
      await seen.check(server, client, { verifierKey })
    })
  }

  test('a start on a full disk is refused with a sentence, and succeeds when there is space', async () => {
    client.close()
    assert.equal(await server.end('SIGKILL'), 'SIGKILL')
    disk.fill()
    await assert.rejects(server.start(), {
      message:
        /ended with 1: .*^ERROR: The disk that holds the data directory is full\. Make room, then start the server again\.$/ms,
    })
    disk.free()
    await server.start()
    client = new RawClient(server.facts.httpsPort, { connections: 32 })
    await seen.check(server, client, { verifierKey })
  })
})
