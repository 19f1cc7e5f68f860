import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineStatement, movedFreshness, sameFreshness } from './database.ts'
import { Turns } from './turns.ts'

describe('statement names', () => {
  test('a name is given once', () => {
    assert.deepEqual(defineStatement('once', 'SELECT 1'), { name: 'once', sql: 'SELECT 1' })
    assert.throws(() => defineStatement('once', 'SELECT 2'), /'once' is taken/)
  })

  test('a name that PostgreSQL would cut, or that is not kebab-case, is refused', () => {
    for (const name of ['', 'Upper', 'a b', `a${'b'.repeat(63)}`]) {
      assert.throws(() => defineStatement(name, 'SELECT 1'), /is not valid/)
    }
  })
})

describe('freshness', () => {
  test('moves by one in what the write moves', () => {
    const before = { generation: 3, epoch: 7 }
    assert.deepEqual(movedFreshness(before, 'generation'), { generation: 4, epoch: 7 })
    assert.deepEqual(movedFreshness(before, 'epoch'), { generation: 3, epoch: 8 })
    assert.deepEqual(movedFreshness(before, 'both'), { generation: 4, epoch: 8 })
    assert.deepEqual(movedFreshness(before, undefined), before)
  })

  test('is the same only when both counters are', () => {
    assert.equal(sameFreshness({ generation: 1, epoch: 2 }, { generation: 1, epoch: 2 }), true)
    assert.equal(sameFreshness({ generation: 2, epoch: 1 }, { generation: 1, epoch: 2 }), false)
  })
})

describe('turns', () => {
  test('work runs one piece at a time, in order, past a failure', async () => {
    const turns = new Turns()
    const order: string[] = []
    const piece = (name: string) => async (): Promise<void> => {
      order.push(`${name} starts`)
      await Promise.resolve()
      order.push(`${name} ends`)
      if (name === 'b') throw new Error('b failed')
    }
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.run(piece(name))))
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(order, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
  })
})
