import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findUnstorableText, isStorableText } from './storable-text.ts'

describe('storable text', () => {
  test('is any text without U+0000 and without half of a pair', () => {
    for (const text of ['', 'a\tb\r\nc', '\u0001\u007f\u0085', 'ä😀', '\\u0000'])
      assert.equal(isStorableText(text), true)
    for (const text of ['\0', 'a\0b', '\ud83d', 'a\udc00b']) assert.equal(isStorableText(text), false)
  })

  test('is looked for in members, elements and member names, and named by its place alone', () => {
    assert.equal(findUnstorableText({ a: ['x', { b: 'y' }], c: 1, d: null, e: true }), undefined)
    assert.equal(findUnstorableText('\0'), '')
    assert.equal(findUnstorableText({ a: [{ b: 'x' }, { b: 'y\0' }] }), 'a.1.b')
    assert.equal(findUnstorableText({ tags: { 'name\0': 'x' } }), 'tags')
    assert.equal(findUnstorableText({ '\ud800': 'x' }), '')
  })
})
