import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { outputFormats } from './output-formats.ts'
import { renderResult } from './render-result.ts'

const secrets = [
  { name: 'demo-api-key', enabled: true, attributes: { created: 1 }, id: 'https://x' },
  { name: 'external-service-secret', enabled: false, attributes: null, id: 'https://y' },
]

describe('json', () => {
  test('keys are sorted and nested two blanks deep', () => {
    assert.equal(
      renderResult({ b: 1, a: { d: [], c: null } }, { format: 'json', queried: false }),
      '{\n  "a": {\n    "c": null,\n    "d": []\n  },\n  "b": 1\n}\n',
    )
  })
  test('a command or a query without a result prints nothing, in any format', () => {
    for (const format of outputFormats)
      for (const nothing of [undefined, null]) assert.equal(renderResult(nothing, { format, queried: true }), '')
  })
  test('keys are sorted by code point, numbers among them as texts', () => {
    const written = renderResult({ 10: 1, 9: 2, '\u{1F600}': 3, '\uFB01': 4 }, { format: 'json', queried: false })
    assert.equal(written, '{\n  "10": 1,\n  "9": 2,\n  "\uFB01": 4,\n  "\u{1F600}": 3\n}\n')
  })
  test('colours are for terminals alone', () => {
    const result = { a: [1, 'x', null] }
    const plain = renderResult(result, { format: 'json', queried: false })
    assert.equal(renderResult(result, { format: 'jsonc', queried: false }), plain)
    const coloured = renderResult(result, { format: 'jsonc', queried: false, coloured: true })
    assert.notEqual(coloured, plain)
    assert.equal(stripVTControlCharacters(coloured), plain)
  })
})

describe('tsv', () => {
  test('a scalar is one line without quotes', () => {
    assert.equal(renderResult('value', { format: 'tsv', queried: true }), 'value\n')
  })
  test('a lone boolean is in lower case, in a row as Python prints it', () => {
    assert.equal(renderResult(true, { format: 'tsv', queried: true }), 'true\n')
    assert.equal(
      renderResult([['a', true, null, ['x', 'y'], { z: 1 }]], { format: 'tsv', queried: true }),
      'a\tTrue\tNone\t2\t\n',
    )
  })
  test('an object that a query made keeps its order; one that it found is sorted, like any other', () => {
    const found = { b: 'B', a: 'A' }
    assert.equal(renderResult(found, { format: 'tsv', queried: true, source: [found] }), 'A\tB\n')
    assert.equal(renderResult({ b: 'B', a: 'A' }, { format: 'tsv', queried: true, source: [found] }), 'B\tA\n')
    assert.equal(renderResult({ b: 'B', a: 'A' }, { format: 'tsv', queried: false }), 'A\tB\n')
  })
})

describe('table', () => {
  test('columns are as wide as their widest cell, nested members and ids are left out', () => {
    assert.equal(
      renderResult(secrets, { format: 'table', queried: false }),
      'Enabled    Name\n---------  -----------------------\nTrue       demo-api-key\nFalse      external-service-secret\n',
    )
  })
  test('a query chooses the columns and their order', () => {
    assert.equal(
      renderResult(
        secrets.map(({ name, enabled }) => ({ Name: name, Enabled: enabled })),
        { format: 'table', queried: true },
      ),
      'Name                     Enabled\n-----------------------  ---------\ndemo-api-key             True\nexternal-service-secret  False\n',
    )
  })
})
