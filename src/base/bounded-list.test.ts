import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { boundedList } from './bounded-list.ts'

describe('a bounded list', () => {
  const shape = z.object({ names: boundedList(z.object({ name: z.string(), note: z.string().default('') }), 2) })

  test('gives its items as they are read', () => {
    assert.deepEqual(shape.parse({ names: [{ name: 'a' }, { name: 'b', note: 'c', other: 1 }] }), {
      names: [
        { name: 'a', note: '' },
        { name: 'b', note: 'c' },
      ],
    })
    assert.equal(shape.safeParse({ names: {} }).success, false)
    assert.equal(shape.safeParse({}).success, false)
  })

  test('names the first item that is not acceptable, and no other', () => {
    const { error } = shape.safeParse({ names: [{ name: 'a' }, { name: 1, note: 2 }] })
    assert.deepEqual(
      error?.issues.map(({ path, message }) => [path, message]),
      [[['names', 1, 'name'], 'Invalid input: expected string, received number']],
    )
    const several = z.object({ names: boundedList(z.string(), 1000) }).safeParse({ names: [1, 2, 3] })
    assert.deepEqual(
      several.error?.issues.map(({ path }) => path),
      [['names', 0]],
    )
  })

  test('is refused for its length before any item is looked at', () => {
    const { error } = shape.safeParse({ names: [1, 2, 3] })
    assert.deepEqual(
      error?.issues.map(({ path, message }) => [path, message]),
      [[['names'], 'must have at most 2 elements']],
    )
    const refusal = new Error('too many')
    const strict = z.object({ names: boundedList(z.string(), 2, { refuse: () => refusal }).optional() })
    assert.throws(() => strict.safeParse({ names: [1, 2, 3] }), refusal)
    assert.deepEqual(strict.parse({}), {})
    assert.deepEqual(strict.parse({ names: ['a', 'b'] }), { names: ['a', 'b'] })
    const unread = Object.defineProperty([1, 2, 3], 0, { get: () => assert.fail('an item was looked at') })
    assert.equal(shape.safeParse({ names: unread }).success, false)
    assert.throws(() => strict.safeParse({ names: unread }), refusal)
  })

  test('may have to hold some', () => {
    const messagesOf = (minimum: number, names: unknown) => {
      const { error } = z.object({ names: boundedList(z.string(), 3, { minimum }) }).safeParse({ names })
      return error?.issues.map(({ path, message }) => [path, message])
    }
    assert.deepEqual(messagesOf(1, []), [[['names'], 'must have at least 1 element']])
    assert.deepEqual(messagesOf(2, ['a']), [[['names'], 'must have at least 2 elements']])
    assert.equal(messagesOf(2, ['a', 'b']), undefined)
  })
})
