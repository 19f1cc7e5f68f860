import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Frontier, hashLeaf } from '#crypto/merkle.ts'
import { bundlePath, indexPath, TileBuilder, type TileFile, tryReadBundle } from './tiles.ts'

function build(size: number): readonly TileFile[] {
  const builder = new TileBuilder()
  const files: TileFile[] = []
  for (let at = 0; at < size; at++) files.push(...builder.add(Buffer.from(`entry ${at}`)))
  return [...files, ...builder.finish()]
}

function paths(size: number): readonly string[] {
  return build(size).map(({ path }) => path)
}

describe('tiles', () => {
  test('are named in groups of three digits', () => {
    assert.deepEqual([0, 7, 999, 1000, 1_234_067].map(indexPath), ['000', '007', '999', 'x001/000', 'x001/x234/067'])
  })

  test('are full or partial as the specification’s examples say', () => {
    assert.deepEqual(paths(256), ['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1'])
    const all = paths(70_000)
    assert.equal(all.filter((path) => /^tile\/0\/[0-9]+$/.test(path)).length, 273)
    assert.deepEqual(
      all.filter((path) => path.includes('.p/') || /^tile\/[12]/.test(path)),
      ['tile/1/000', 'tile/entries/273.p/112', 'tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'],
    )
  })

  test('of a small tree are one bundle and its leaf hashes', () => {
    const [bundle, tile, ...more] = build(3)
    assert.deepEqual(more, [])
    assert.equal(bundle?.path, bundlePath(0, 3))
    assert.deepEqual(tryReadBundle(bundle?.bytes ?? Buffer.alloc(0), 3)?.map(String), ['entry 0', 'entry 1', 'entry 2'])
    const hashes = [0, 1, 2].map((at) => hashLeaf(Buffer.from(`entry ${at}`)))
    assert.deepEqual(tile, { path: 'tile/0/000.p/3', bytes: Buffer.from(hashes.join(''), 'latin1') })
  })

  test('of a higher level hold the roots of full tiles', () => {
    const tree = Frontier.empty()
    for (let at = 0; at < 256; at++) tree.append(hashLeaf(Buffer.from(`entry ${at}`)))
    const upper = build(256).find(({ path }) => path === 'tile/1/000.p/1')
    assert.equal(upper?.bytes.toString('latin1'), tree.root())
  })
})

describe('an entry bundle', () => {
  test('that is cut, too long or of another count is refused', () => {
    const bundle = Buffer.from([0, 2, 65, 66, 0, 1, 67])
    assert.deepEqual(tryReadBundle(bundle, 2)?.map(String), ['AB', 'C'])
    for (const [bytes, count] of [
      [bundle, 1],
      [bundle, 3],
      [bundle.subarray(0, 6), 2],
      [Buffer.concat([bundle, Buffer.of(0)]), 2],
    ] as const) {
      assert.equal(tryReadBundle(bytes, count), undefined)
    }
  })
})
