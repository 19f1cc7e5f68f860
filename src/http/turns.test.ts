import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Turns } from './turns.ts'

describe('turns', () => {
  test('are taken one after the other by those with one key', async () => {
    const turns = new Turns<string>()
    const seen: number[] = []
    const taken = [1, 2, 3].map(async (which) => {
      const end = await turns.take('a')
      seen.push(which)
      return end
    })
    for (const [at, turn] of taken.entries()) {
      const end = await turn
      await setImmediate()
      assert.deepEqual(seen, [1, 2, 3].slice(0, at + 1))
      end()
    }
    const again = await turns.take('a')
    again()
  })

  test('do not wait for those of another key', async () => {
    const turns = new Turns<string>()
    await turns.take('a')
    const end = await turns.take('b')
    end()
  })
})
