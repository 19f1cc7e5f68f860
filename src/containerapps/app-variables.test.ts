import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { variablesOf } from './app-variables.ts'

describe('the variables of an app', () => {
  test('are those of the first container; of one name the last counts, plain or not', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B' },
      { name: 'C', secretRef: 's' },
      { name: 'A', value: '2' },
      { name: 'D', value: 'plain' },
      { name: 'D', secretRef: 't' },
      { name: 'E', secretRef: 't' },
      { name: 'E', value: 'plain' },
    ]
    const containers = [
      { name: 'main', env },
      { name: 'side', env: [{ name: 'F', value: '4' }] },
    ]
    assert.deepEqual(variablesOf({ containers }), { plain: { A: '2', B: '', E: 'plain' }, secret: { C: 's', D: 't' } })
  })

  test('are none without containers', () => {
    const none = { plain: {}, secret: {} }
    assert.deepEqual([variablesOf({}), variablesOf({ containers: [] })], [none, none])
  })
})
