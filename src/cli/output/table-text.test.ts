import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tableText } from './table-text.ts'

const inOrder = { sorted: false }

/** The texts are what az's own table writer made of the same rows. */
describe('a table', () => {
  for (const [title, rows, expected] of [
    ['trims its cells', [{ A: '  x ', B: 'b' }], 'A    B\n---  ---\nx    b\n'],
    ['gives a cell with line feeds several lines', [{ A: 'x\ny', B: 'b' }], 'A    B\n---  ---\nx    b\ny\n'],
    ['writes booleans as Python does', [{ A: true, B: false }], 'A     B\n----  -----\nTrue  False\n'],
    ['has the columns of all rows', [{ A: 'x' }, { B: 'y' }], 'A    B\n---  ---\nx\n     y\n'],
    ['counts characters, not their bytes', [{ A: 'Ω😀日本' }], 'A\n----\nΩ😀日本\n'],
    ['keeps an empty cell', [{ A: '' }], 'A\n---\n\n'],
    ['has an empty line for a row without cells', [{}, { A: 1 }], 'A\n---\n\n1\n'],
    [
      'numbers the columns of lists and writes what is in them as Python does',
      [[[1, `a"'b`, null, true, { k: 'v\n' }], 'x', null]],
      "Column1                                 Column2    Column3\n--------------------------------------  ---------  ---------\n[1, 'a\"\\'b', None, True, {'k': 'v\\n'}]  x\n",
    ],
    ['has one column for texts', ['one', 'two'], 'Result\n--------\none\ntwo\n'],
    ['of nothing is an empty line', [], '\n'],
    ['of objects with nothing to show is an empty line', [{ id: 'x', a: { b: 1 }, c: null }], '\n'],
  ] as const) {
    test(title, () => assert.equal(tableText(rows, inOrder), expected))
  }

  test('leaves out ids, types and etags, unless its command shows them', () => {
    const row = { id: 'i', type: 't', etag: 'e', name: 'n' }
    assert.equal(tableText(row, inOrder), 'Name\n------\nn\n')
    assert.equal(
      tableText(row, { sorted: false, showsIds: true }),
      'Id    Type    Etag    Name\n----  ------  ------  ------\ni     t       e       n\n',
    )
  })

  test('has its columns in the order of their names', () => {
    assert.equal(tableText({ b: 1, c: 2, a: 3 }, { sorted: true }), 'A    B    C\n---  ---  ---\n3    1    2\n')
    assert.equal(tableText({ b: 1, c: 2, a: 3 }, inOrder), 'B    C    A\n---  ---  ---\n1    2    3\n')
  })
})
