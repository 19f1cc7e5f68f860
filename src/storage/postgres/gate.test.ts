import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gateStatement, parseGate, parseRows } from './gate.ts'

describe('a gated statement', () => {
  test('takes the tenant after the highest of its own parameters', () => {
    const numbered = gateStatement({ name: 'n', sql: 'SELECT a FROM t WHERE b = $2 AND c = $10 AND d = $2' })
    assert.match(numbered.text, /FROM tenant WHERE id = \$11\)/)
    assert.equal(numbered.name, 'n')
    assert.match(gateStatement({ name: 'm', sql: 'SELECT 1 AS one' }).text, /FROM tenant WHERE id = \$1\)/)
  })

  test('gives counters but no rows when none was found', () => {
    const rows = [[3, 4, null, null]]
    assert.deepEqual(parseGate(rows), { generation: 3, epoch: 4 })
    assert.deepEqual(parseRows(rows, fields('a')), [])
  })

  test('tells a row of nulls from no row', () => {
    assert.deepEqual(parseRows([[3, 4, 1, null]], fields('a')), [{ a: null }])
  })

  test('gives rows by their own columns, also where those are called like the counters', () => {
    const rows = [
      [3, 4, 1, 'x', 30],
      [3, 4, 1, 'y', 40],
    ]
    assert.deepEqual(parseRows(rows, fields('a', 'generation')), [
      { a: 'x', generation: 30 },
      { a: 'y', generation: 40 },
    ])
  })

  test('has no counters without a tenant', () => {
    assert.equal(parseGate([]), undefined)
  })
})

function fields(...own: readonly string[]): readonly { name: string }[] {
  return ['generation', 'epoch', 'present', ...own].map((name) => ({ name }))
}
