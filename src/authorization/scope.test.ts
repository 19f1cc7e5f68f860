import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseScope, rootScope, trimSlashes } from './scope.ts'

describe('parseScope', () => {
  const refused = { kind: 'malformed', code: 'InvalidScope' }

  test('slashes at the ends count for nothing, letter case neither', () => {
    const scope = { segments: ['subscriptions', 'a'], path: '/subscriptions/a' }
    for (const text of ['/subscriptions/A', 'Subscriptions/a', '//subscriptions/a///']) {
      assert.deepEqual(parseScope(text), scope)
    }
    for (const text of ['', '/', '///']) assert.deepEqual(parseScope(text), rootScope)
  })

  test('refuses empty and dot segments, and characters that no scope has', () => {
    for (const text of ['/a//b', '/a/../b', '/.', '/a%2fb', '/a\u0000']) assert.throws(() => parseScope(text), refused)
  })

  test('takes what the path of a request can hold, and no more', () => {
    assert.equal(parseScope('/a'.repeat(64)).segments.length, 64)
    assert.throws(() => parseScope('/a'.repeat(65)), refused)
    assert.equal(parseScope(`/${'a'.repeat(4095)}`).path.length, 4096)
    assert.throws(() => parseScope(`/${'a'.repeat(4096)}`), refused)
  })

  test('looks at a run of slashes once, wherever it stands', () => {
    const run = '/'.repeat(1024 * 1024)
    const start = process.threadCpuUsage()
    assert.throws(() => parseScope(`/a${run}a`), refused)
    assert.equal(trimSlashes(`${run}a${run}a${run}`), `a${run}a`)
    assert.equal(trimSlashes(run), '')
    const { user, system } = process.threadCpuUsage(start)
    assert.ok(user + system < 1_000_000)
  })
})
