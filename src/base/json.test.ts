import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ServiceError } from './errors.ts'
import { parseStoredJson } from './json.ts'

describe('stored JSON', () => {
  test('is read as it was written', () => {
    assert.deepEqual(parseStoredJson('{"a":[1,"b",null]}', 'A stored thing'), { a: [1, 'b', null] })
  })

  test('that is broken is an error that holds nothing of its text, not even as a cause', () => {
    for (const text of ['', '{"value":canary', 'canary', '{"a":"canary"}}']) {
      assert.throws(
        () => parseStoredJson(text, 'A stored thing'),
        (error) => {
          assert.ok(error instanceof ServiceError)
          assert.deepEqual(
            [error.kind, error.code, error.message, error.cause],
            ['internal', 'RowBroken', 'A stored thing cannot be read.', undefined],
          )
          return !inspect(error).includes('canary')
        },
      )
    }
  })
})
