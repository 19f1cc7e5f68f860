import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ServiceError } from './errors.ts'
import { isJsonObject, isObject, parseJson, parseStoredJson } from './json.ts'

describe('the JSON of a request', () => {
  const limits = { maximumDepth: 3, maximumValues: 5, code: 'Bad' }
  const parse = (text: string): unknown => parseJson(Buffer.from(text), limits)

  test('is parsed up to its limits, whatever its texts hold', () => {
    for (const text of ['{"a":[{}],"b":1}', '[1,2,3,4]', '{"[{,\\",[{":"{{{{[[[[,,,,,,"}', '7']) {
      assert.deepEqual(parse(text), JSON.parse(text))
    }
  })

  test('is refused beyond them before it is parsed', () => {
    const deep = 'The request body is nested deeper than 3 levels.'
    const many = 'The request body holds more than 5 values.'
    const cases: readonly (readonly [string, string])[] = [
      ['[[[[', deep],
      ['[{},{},{}', many],
      ['[1,2,3,4,5', many],
      ['{"a":1,"b":2,"c":3,"d":4,"e":5', many],
    ]
    for (const [text, message] of cases) {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof ServiceError)
          assert.deepEqual([error.kind, error.code, error.message], ['malformed', 'Bad', message])
          return true
        },
      )
    }
    assert.deepEqual(parseJson(Buffer.from('[1,2,3,4,5]'), { maximumDepth: 3, code: 'Bad' }), [1, 2, 3, 4, 5])
  })
})

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

describe('an object', () => {
  for (const [name, isOne] of Object.entries({ isObject, isJsonObject })) {
    test(`is told by ${name} from everything else that JSON has, and from nothing at all`, () => {
      for (const text of ['{}', '{"a":null}', '{"length":0}', '{"__proto__":1}']) {
        assert.equal(isOne(JSON.parse(text)), true, text)
      }
      for (const text of ['null', '[]', '[{}]', '"{}"', '0', 'true']) assert.equal(isOne(JSON.parse(text)), false, text)
      assert.equal(isOne(undefined), false)
    })
  }

  test('without a prototype is one, and a function is none', () => {
    assert.equal(isObject(Object.create(null)), true)
    assert.equal(
      isObject(() => undefined),
      false,
    )
  })
})
