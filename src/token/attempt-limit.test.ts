import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientId, trustGuid } from '#base/ids.ts'
import { TestClock } from '../../test/support/token-fixtures.ts'
import { createAttemptLimit } from './attempt-limit.ts'

const client = trustGuid<ClientId>('0b6a3f44-0000-4000-8000-000000000001')
const other = trustGuid<ClientId>('0b6a3f44-0000-4000-8000-000000000002')
const address = '192.0.2.1'
const throttled = { kind: 'throttled', code: 'temporarily_unavailable', innerCode: '90055' }

describe('the limit of attempts', () => {
  test('counts an attempt under way as a failed one, so that a burst does not pass it', () => {
    const limit = createAttemptLimit(new TestClock())
    const burst = Array.from({ length: 20 }, () => limit.begin(client, address))
    assert.throws(() => limit.begin(client, address), throttled)
    assert.throws(() => limit.check(client, address), throttled)
    limit.check(other, address)
    limit.check(client, '192.0.2.2')
    for (const attempt of burst) attempt.end()
    limit.begin(client, address).end()
  })

  test('holds back after twenty failures for the rest of a minute, successes not counted', () => {
    const clock = new TestClock()
    const limit = createAttemptLimit(clock)
    for (let success = 0; success < 30; success++) limit.begin(client, address).end()
    for (let guess = 0; guess < 20; guess++) {
      const attempt = limit.begin(client, address)
      attempt.fail()
      attempt.end()
    }
    clock.advance(20)
    assert.throws(() => limit.check(client, address), { ...throttled, retryAfterSeconds: 40 })
    clock.advance(40)
    limit.check(client, address)
  })
})
