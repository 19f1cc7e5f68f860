import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { applyGenericUpdate } from './generic-update.ts'
import { argumentsOf } from './parser.ts'

function changed(resource: Record<string, unknown>, given: Readonly<Record<string, readonly string[]>>): unknown {
  return applyGenericUpdate(resource, argumentsOf(given, [], []))
}

describe('any member of a resource', () => {
  const resource = { properties: { list: [1, { a: 2 }], on: true }, tags: { x: 'y' } }

  test('is set by its path, with objects on the way made', () => {
    assert.deepEqual(
      changed(resource, { set: ['properties.on=false', 'tags.new.deep=a=b', 'properties.list[1].a=7'] }),
      {
        properties: { list: [1, { a: 7 }], on: false },
        tags: { x: 'y', new: { deep: 'a=b' } },
      },
    )
    assert.equal(resource.properties.on, true, 'the former resource stays')
  })

  test('is added to a list, which is made when there is none', () => {
    assert.deepEqual(changed(resource, { add: ['properties.list', '{"b": 3}', 'text'] }), {
      ...resource,
      properties: { list: [1, { a: 2 }, { b: 3 }, 'text'], on: true },
    })
    assert.deepEqual(changed({}, { add: ['a.b', 'c'] }), { a: { b: ['c'] } })
  })

  test('is removed by its path, or by its place in a list', () => {
    assert.deepEqual(changed(resource, { remove: ['tags.x'] }), { ...resource, tags: {} })
    assert.deepEqual(changed(resource, { remove: ['properties.list', '0'] }), {
      ...resource,
      properties: { list: [{ a: 2 }], on: true },
    })
  })

  for (const [title, given] of [
    ['without a value', { set: ['properties.on'] }],
    ['below a text', { set: ['tags.x.y=1'] }],
    ['that is not there', { remove: ['tags.other'] }],
    ['that is no list', { add: ['tags', 'x'] }],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(
        () => changed(resource, given),
        (failure) => failure instanceof CommandError && failure.exitCode === 2,
      )
    })
  }

  test('called __proto__ is a member like any other', () => {
    const result = changed({}, { set: ['__proto__.polluted=1'] })
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
    assert.deepEqual(Object.keys(Object(result)), ['__proto__'])
  })
})
