import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTurns } from './turns.ts'

/** Work that ends when it is told to. */
function heldWork() {
  const started: number[] = []
  const ends: (() => void)[] = []
  const work = (number: number) => async () => {
    started.push(number)
    await new Promise<void>((resolve) => ends.push(resolve))
    return number
  }
  const endNext = async () => {
    ends.shift()?.()
    // A few turns of the microtask queue until the next one has begun.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return { started, work, endNext }
}

describe('turns', () => {
  test('let two through at once, and those who wait in their order', async () => {
    const { started, work, endNext } = heldWork()
    const turns = createTurns({ atOnce: 2, waiting: 10 })
    const taken = [1, 2, 3, 4].map((number) => turns.take(work(number)))
    assert.deepEqual(started, [1, 2])
    await endNext()
    assert.deepEqual(started, [1, 2, 3])
    await endNext()
    assert.deepEqual(started, [1, 2, 3, 4])
    await endNext()
    await endNext()
    assert.deepEqual(await Promise.all(taken), [1, 2, 3, 4])
  })

  test('refuse who would have to wait behind too many', async () => {
    const { work, endNext } = heldWork()
    const turns = createTurns({ atOnce: 1, waiting: 1 })
    const taken = [turns.take(work(1)), turns.take(work(2))]
    await assert.rejects(turns.take(work(3)), { kind: 'throttled', innerCode: '90055', retryAfterSeconds: 1 })
    await endNext()
    await endNext()
    assert.deepEqual(await Promise.all(taken), [1, 2])
  })

  test('go on after work that failed', async () => {
    const turns = createTurns({ atOnce: 1, waiting: 1 })
    const failed = turns.take(() => Promise.reject(new TypeError('broken')))
    const next = turns.take(async () => 'done')
    await assert.rejects(failed, { message: 'broken' })
    assert.equal(await next, 'done')
    assert.equal(await turns.take(async () => 'again'), 'again')
  })
})
