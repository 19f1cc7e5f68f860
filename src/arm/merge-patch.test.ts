import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { applyMergePatch } from './merge-patch.ts'

describe('a JSON merge patch', () => {
  test('does what the examples of RFC 7396 appendix A say', () => {
    const cases: readonly (readonly [JsonObject, JsonObject, JsonObject])[] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]
    for (const [target, patch, result] of cases) assert.deepEqual(applyMergePatch(target, patch), result)
  })

  test('a member called __proto__ stays a member', () => {
    const patch: JsonObject = JSON.parse('{"__proto__":{"polluted":true}}')
    const result = applyMergePatch({}, patch)
    assert.equal(Object.getPrototypeOf(result), Object.prototype)
    assert.equal('polluted' in result, false)
  })
})
