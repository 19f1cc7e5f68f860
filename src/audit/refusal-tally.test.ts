import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { silentLogger } from '#base/log.ts'
import { type AuditLog, makeReceipt } from './audit-log.ts'
import { maximumBodyBytes } from './record.ts'
import { type CountedRefusal, createRefusalTally } from './refusal-tally.ts'

const missing: CountedRefusal = {
  surface: 'vault',
  reason: 'unauthenticated/missing',
  source: '127.0.0.1',
  httpStatusCode: 401,
}

/** A log that keeps bodies, and refuses them while `isStopped`. */
class KeepingLog implements AuditLog {
  readonly lane = 0
  readonly bodies: string[] = []
  isStopped = false

  append({ body }: { readonly body: string }) {
    if (this.isStopped) return Promise.reject(new ServiceError('unavailable', 'AuditUnavailable', 'Stopped.'))
    this.bodies.push(body)
    return Promise.resolve(makeReceipt(0, this.bodies.length - 1))
  }

  settle(record: { readonly body: string }) {
    return this.append(record)
  }

  health() {
    return { state: 'writable' } as const
  }

  close() {
    return Promise.resolve()
  }
}

function setUp() {
  const log = new KeepingLog()
  let now = Date.parse('2026-11-01T12:00:00Z')
  let tick = () => {}
  const clock: Clock = { now: () => new Date(now), monotonicMilliseconds: () => now }
  const timers = {
    after(_milliseconds: number, work: () => void) {
      tick = work
      return () => {}
    },
  }
  const tally = createRefusalTally({ log, clock, timers, logger: silentLogger })
  const passMinute = async () => {
    now += 60_000
    tick()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { log, tally, passMinute }
}

function propertiesOf(body: string | undefined): unknown {
  const parsed: unknown = JSON.parse(`${body}}}`)
  return typeof parsed === 'object' && parsed !== null && 'properties' in parsed ? parsed.properties : undefined
}

describe('counted refusals', () => {
  test('are recorded once per interval, by surface, reason and source', async () => {
    const { log, tally, passMinute } = setUp()
    for (let count = 0; count < 5; count++) tally.count(missing)
    tally.count({ ...missing, source: '127.0.0.2' })
    assert.equal(log.bodies.length, 0)
    await passMinute()
    assert.equal(log.bodies.length, 1)
    assert.match(log.bodies[0] ?? '', /"operationName":"Authentication".*"resultSignature":"Unauthorized"/)
    assert.deepEqual(propertiesOf(log.bodies[0]), {
      httpStatusCode: 401,
      from: '2026-11-01T12:00:00.0000000Z',
      to: '2026-11-01T12:01:00.0000000Z',
      refusals: [
        { surface: 'vault', reason: 'unauthenticated/missing', source: '127.0.0.1', count: 5 },
        { surface: 'vault', reason: 'unauthenticated/missing', source: '127.0.0.2', count: 1 },
      ],
    })
  })

  test('of another status have a record of their own', async () => {
    const { log, tally, passMinute } = setUp()
    tally.count(missing)
    tally.count({ ...missing, reason: 'malformed-path', httpStatusCode: 400 })
    await passMinute()
    assert.equal(log.bodies.length, 2)
    assert.match(log.bodies[1] ?? '', /"operationName":"RequestRefused".*"httpStatusCode":400.*"Bad Request"/)
  })

  test('leave no record when there were none', async () => {
    const { log, passMinute } = setUp()
    await passMinute()
    assert.deepEqual(log.bodies, [])
  })

  test('from very many sources fit one record, the rest counted together', async () => {
    const { log, tally, passMinute } = setUp()
    for (let source = 0; source < 5000; source++) tally.count({ ...missing, source: String(source).padStart(64, '0') })
    await passMinute()
    const [body = ''] = log.bodies
    assert.ok(Buffer.byteLength(body) < maximumBodyBytes)
    assert.equal(/"source":"other","count":([0-9]+)\}/.exec(body)?.[1], '4800')
  })

  test('that could not be recorded are kept for the next interval', async () => {
    const { log, tally, passMinute } = setUp()
    tally.count(missing)
    log.isStopped = true
    await passMinute()
    log.isStopped = false
    tally.count(missing)
    await passMinute()
    assert.match(log.bodies[0] ?? '', /"from":"2026-11-01T12:00:00.0000000Z".*"count":2\}/)
  })

  test('are recorded when the tally closes', async () => {
    const { log, tally } = setUp()
    tally.count(missing)
    await tally.close()
    assert.equal(log.bodies.length, 1)
  })
})
