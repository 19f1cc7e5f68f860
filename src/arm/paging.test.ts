import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { collectPage } from './paging.ts'
import type { ListPosition } from './tracked-resource.ts'

const names = Array.from({ length: 1000 }, (_, index) => String(index).padStart(4, '0'))

function pageOf(size: number, after: ListPosition | undefined, isVisible: (name: string) => boolean) {
  return collectPage(
    { after, size },
    {
      fetch: (from, limit) =>
        Promise.resolve(names.filter((name) => from === undefined || name > from.name).slice(0, limit)),
      positionOf: (name) => ({ resourceGroup: 'rg', name }),
      isVisible,
    },
  )
}

describe('a page of a filtered list', () => {
  test('the pages together are what the caller may see, each full but the last', async () => {
    const isVisible = (name: string) => Number(name) % 7 === 0
    const found: string[] = []
    let after: ListPosition | undefined
    do {
      const { rows, next } = await pageOf(40, after, isVisible)
      assert.equal(rows.length, next === undefined ? 23 : 40)
      found.push(...rows)
      after = next
    } while (after !== undefined)
    assert.deepEqual(found, names.filter(isVisible))
  })

  test('the place of the next page names only what was shown', async () => {
    const { rows, next } = await pageOf(1, undefined, (name) => name === '0300' || name === '0700')
    assert.deepEqual([rows, next], [['0300'], { resourceGroup: 'rg', name: '0300' }])
  })

  test('a page that ends exactly at the end has no next one', async () => {
    assert.equal((await pageOf(1000, undefined, () => true)).next, undefined)
    assert.equal((await pageOf(2, undefined, (name) => name < '0002')).next, undefined)
  })
})
