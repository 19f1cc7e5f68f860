import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainVariables } from './find-app-by-name.ts'

describe('the plain variables of an app', () => {
  test('are those of the first container; the last of one name counts, references do not', () => {
    const env = [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'C', secretRef: 's' }, { name: 'A', value: '2' }]
    const containers = [
      { name: 'main', env },
      { name: 'side', env: [{ name: 'D', value: '4' }] },
    ]
    assert.deepEqual(plainVariables({ containers }), { A: '2', B: '' })
  })

  test('are none without containers', () => {
    assert.deepEqual([plainVariables({}), plainVariables({ containers: [] })], [{}, {}])
  })
})
