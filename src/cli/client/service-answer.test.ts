import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import { answerIn } from './service-answer.ts'

const shape = z.object({ access_token: z.string() })

describe('an answer of the server', () => {
  test('is given in its shape', () => {
    assert.deepEqual(answerIn(shape, { access_token: 'a', more: 1 }), { access_token: 'a' })
  })

  test('in another shape is refused in one sentence that shows nothing of it', () => {
    for (const body of [undefined, 'canary', { access_token: 7, canary: 'canary' }]) {
      assert.throws(
        () => answerIn(shape, body),
        (error: unknown) => {
          assert.ok(error instanceof CommandError)
          assert.equal(error.exitCode, 1)
          assert.equal(error.message, 'The server answered in a shape that this program does not know.')
          return true
        },
      )
    }
  })
})
