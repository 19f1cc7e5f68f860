import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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
  test('a command without a result prints nothing', () => {
    assert.equal(renderResult(undefined, { format: 'json', queried: false }), '')
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
  test('a queried object keeps its order, a plain one is sorted', () => {
    assert.equal(renderResult({ b: 'B', a: 'A' }, { format: 'tsv', queried: true }), 'B\tA\n')
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
