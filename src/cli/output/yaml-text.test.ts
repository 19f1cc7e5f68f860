import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { yamlText } from './yaml-text.ts'

/** What the library that az prints YAML with made of each value: styles, folding, every kind of key. */
const cases: readonly (readonly [unknown, string])[] = JSON.parse(
  readFileSync(new URL('yaml-cases.json', import.meta.url), 'utf8'),
)

describe('yaml', () => {
  test('is what az prints, byte for byte', () => {
    for (const [value, expected] of cases) assert.equal(yamlText(value), expected, JSON.stringify(value))
  })

  test('of numbers has a point before an exponent', () => {
    assert.equal(yamlText([1e-7, 0.5, -3, 1e21]), '- 1.0e-07\n- 0.5\n- -3\n- 1.0e+21\n')
  })

  test('leaves members without a value out', () => {
    assert.equal(yamlText({ a: undefined, b: 1 }), 'b: 1\n')
  })
})
