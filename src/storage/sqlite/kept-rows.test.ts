import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeptRows } from './kept-rows.ts'

describe('kept rows', () => {
  test('a result is found under its statement and all of its parameters', () => {
    const kept = new KeptRows()
    const rows = [{ a: 1 }]
    kept.keep('one', ['t', 'v', 'n'], rows)
    assert.equal(kept.find('one', ['t', 'v', 'n']), rows)
    assert.equal(kept.find('one', ['t', 'v']), undefined)
    assert.equal(kept.find('one', ['t', 'v', 'n', 'x']), undefined)
    assert.equal(kept.find('one', ['t', 'n', 'v']), undefined)
    assert.equal(kept.find('two', ['t', 'v', 'n']), undefined)
  })

  test('text and number are different parameters', () => {
    const kept = new KeptRows()
    kept.keep('one', ['1'], [])
    assert.equal(kept.find('one', [1]), undefined)
  })

  test('nothing is known after a commit', () => {
    const kept = new KeptRows()
    kept.keep('one', ['t'], [])
    kept.forget()
    assert.equal(kept.find('one', ['t']), undefined)
  })

  test('it does not grow without end', () => {
    const kept = new KeptRows()
    for (let at = 0; at < 5000; at++) kept.keep('one', [at], [])
    assert.equal(kept.find('one', [0]), undefined)
    assert.deepEqual(kept.find('one', [4999]), [])
  })
})
