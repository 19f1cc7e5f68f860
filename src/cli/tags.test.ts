import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { parseTags } from './tags.ts'

describe('tags', () => {
  test('are absent when the option was not given', () => {
    assert.equal(parseTags(undefined), undefined)
  })

  test('are pairs; what follows the first equals sign is the value', () => {
    assert.deepEqual(parseTags(['team=payments', 'query=a=b', 'bare', 'empty=']), {
      team: 'payments',
      query: 'a=b',
      bare: '',
      empty: '',
    })
  })

  test('are none for an empty word', () => {
    assert.deepEqual(parseTags(['']), {})
  })

  test('given twice keep the last value', () => {
    assert.deepEqual(parseTags(['a=1', 'a=2']), { a: '2' })
  })

  test('may have any name', () => {
    assert.deepEqual(Object.entries(parseTags(['__proto__=x']) ?? {}), [['__proto__', 'x']])
  })

  test('without a name are refused', () => {
    assert.throws(() => parseTags(['=value']), new CommandError("A tag needs a name before '='.", 2))
  })
})
