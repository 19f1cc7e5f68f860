import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withResourceGroups } from './resource-group-member.ts'
import { pythonTime, showAllAs, showAs } from './shape.ts'

describe('an answer through a shape', () => {
  const shape = { id: 'value', at: 'time', inner: { a: 'value' }, list: [{ b: 'value' }] } as const

  test('has every member, absent ones as null, and none that the shape does not name', () => {
    assert.deepEqual(showAs(shape, { id: 1, other: 2 }), { id: 1, at: null, inner: null, list: null })
    assert.deepEqual(showAs(shape, { inner: {}, list: [{}, { b: 1, c: 2 }] }), {
      id: null,
      at: null,
      inner: { a: null },
      list: [{ b: null }, { b: 1 }],
    })
  })

  test('is null when there is none', () => {
    assert.equal(showAs(shape, undefined), null)
    assert.deepEqual(showAllAs({ id: 'value' }, [{ id: 1 }, {}]), [{ id: 1 }, { id: null }])
  })

  test('has times as Python writes them', () => {
    assert.equal(pythonTime('2026-11-22T01:52:08.565Z'), '2026-11-22T01:52:08.565000+00:00')
    assert.equal(pythonTime('2015-02-02T21:55:09.8806423Z'), '2015-02-02T21:55:09.880642+00:00')
    assert.equal(pythonTime('2026-11-22T01:52:08.000Z'), '2026-11-22T01:52:08+00:00')
    assert.equal(pythonTime('2026-11-22T01:52:08Z'), '2026-11-22T01:52:08+00:00')
    assert.equal(pythonTime('some day'), 'some day')
  })
})

describe('the resource group of a result', () => {
  const id = '/subscriptions/s/resourceGroups/rg1/providers/P/t/n'

  test('stands beside every id of a resource in a group, at any depth', () => {
    assert.deepEqual(withResourceGroups([{ id, inner: { id: `${id}/sub/x` } }]), [
      { id, inner: { id: `${id}/sub/x`, resourceGroup: 'rg1' }, resourceGroup: 'rg1' },
    ])
  })

  test('is not added to groups, to other ids, or where there is one', () => {
    for (const result of [
      { id: '/subscriptions/s/resourceGroups/rg1' },
      { id: '/subscriptions/s/providers/P/t/n' },
      { id: 'https://kv1.vault.azure.net/secrets/s1' },
      { id: 7 },
      { id, ResourceGroup: 'other' },
      'text',
      null,
    ])
      assert.deepEqual(withResourceGroups(result), result)
  })
})
