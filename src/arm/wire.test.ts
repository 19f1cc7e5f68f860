import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { objectWithoutNulls, parseTags } from './wire.ts'

describe('what goes over the wire', () => {
  test('nulls are dropped at every depth, and nothing else is', () => {
    const given = { a: null, b: [null, 0, '', false, { c: null, d: [] }], e: { f: null } }
    assert.deepEqual(objectWithoutNulls(given), { b: [0, '', false, { d: [] }], e: {} })
  })

  test('tags are strings, few and short, and their names are unique without letter case', () => {
    assert.deepEqual(parseTags({ Env: 'prod', empty: '' }), { Env: 'prod', empty: '' })
    assert.deepEqual([parseTags(undefined), parseTags(null)], [{}, {}])
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, '']))
    for (const tags of [
      'x',
      ['x'],
      { a: 1 },
      { a: 'x', A: 'y' },
      { '': 'x' },
      { ['n'.repeat(513)]: '' },
      { a: 'v'.repeat(257) },
      many,
    ]) {
      assert.throws(() => parseTags(tags), { kind: 'malformed', code: 'InvalidTags' })
    }
  })
})
