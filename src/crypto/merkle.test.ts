import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  digestHex,
  emptyTreeHash,
  encodeTreeHash,
  Frontier,
  hashLeaf,
  hashLeafAt,
  InclusionProver,
  tryParseTreeHash,
  verifyInclusion,
} from './merkle.ts'

/** The inputs of Certificate Transparency's own tests, and the roots published with them for 1 to 8 leaves. */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

function toHex(treeHash: string): string {
  return Buffer.from(treeHash, 'latin1').toString('hex')
}

/** RFC 6962 §2.1 as it is written, with nothing kept between calls. */
function slowRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return createHash('sha256').digest()
  if (leaves.length === 1) return createHash('sha256').update(Buffer.of(0)).update(only).digest()
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return createHash('sha256')
    .update(Buffer.of(1))
    .update(slowRoot(leaves.slice(0, split)))
    .update(slowRoot(leaves.slice(split)))
    .digest()
}

function entries(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`entry ${at}`))
}

function frontierOf(leaves: readonly Buffer[]): Frontier {
  const frontier = Frontier.empty()
  for (const leaf of leaves) frontier.append(hashLeaf(leaf))
  return frontier
}

describe('the Merkle tree of RFC 6962', () => {
  test('the empty tree has the hash of nothing', () => {
    assert.equal(toHex(emptyTreeHash), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.equal(Frontier.empty().root(), emptyTreeHash)
  })

  test('the published roots come out for 1 to 8 leaves', () => {
    const frontier = Frontier.empty()
    const found = inputs.map((input) => {
      frontier.append(hashLeaf(input))
      return toHex(frontier.root())
    })
    assert.deepEqual(found, roots)
  })

  test('every size to 70 agrees with the definition', () => {
    const frontier = Frontier.empty()
    for (const [at, leaf] of entries(70).entries()) {
      frontier.append(hashLeaf(leaf))
      assert.equal(toHex(frontier.root()), slowRoot(entries(at + 1)).toString('hex'))
    }
  })

  test('a leaf hashed in place leaves its frame as it was', () => {
    const frame = Buffer.from([9, 8, 7, 0x40, 0x41, 0x42, 0x43, 6])
    const before = Buffer.from(frame)
    assert.equal(hashLeafAt(frame, 3, 7), hashLeaf(Buffer.from('40414243', 'hex')))
    assert.deepEqual(frame, before)
  })

  test('a frontier continues from its peaks, and only with as many as its size has', () => {
    const frontier = frontierOf(entries(13))
    const restored = Frontier.restore(13, frontier.peaks)
    restored?.append(hashLeaf(Buffer.from('entry 13')))
    assert.equal(restored?.root(), frontierOf(entries(14)).root())
    assert.equal(Frontier.restore(12, frontier.peaks), undefined)
    assert.equal(frontier.size, 13)
  })

  test('a clone goes its own way', () => {
    const frontier = frontierOf(entries(3))
    const root = frontier.root()
    frontier.clone().append(hashLeaf(Buffer.from('other')))
    assert.equal(frontier.root(), root)
  })
})

describe('inclusion proofs', () => {
  test('every leaf of every size to 40 is proven, and at no other index', () => {
    for (let size = 1; size <= 40; size++) {
      const root = frontierOf(entries(size)).root()
      for (let index = 0; index < size; index++) {
        const prover = new InclusionProver(index, size)
        for (const leaf of entries(size)) prover.add(hashLeaf(leaf))
        const { leaf, proof } = prover.finish()
        assert.equal(leaf, hashLeaf(Buffer.from(`entry ${index}`)))
        assert.equal(verifyInclusion({ index, size, leaf, proof, root }), true)
        assert.equal(verifyInclusion({ index: (index + 1) % size, size, leaf, proof, root }), size === 1)
        assert.equal(verifyInclusion({ index, size, leaf, proof: [...proof, leaf], root }), false)
        assert.equal(verifyInclusion({ index, size, leaf, proof, root: leaf }), size === 1)
      }
    }
  })

  test('an index outside the tree is refused', () => {
    assert.throws(() => new InclusionProver(3, 3), RangeError)
    const leaf = hashLeaf(Buffer.alloc(0))
    assert.equal(verifyInclusion({ index: 1, size: 1, leaf, proof: [], root: leaf }), false)
  })

  test('a proof is not given before all leaves were added', () => {
    const prover = new InclusionProver(0, 2)
    prover.add(emptyTreeHash)
    assert.throws(() => prover.finish(), RangeError)
  })
})

describe('texts of hashes', () => {
  test('a hash reads back from its base64', () => {
    assert.equal(tryParseTreeHash(encodeTreeHash(emptyTreeHash)), emptyTreeHash)
  })

  test('base64 that does not encode back to itself is refused', () => {
    const text = encodeTreeHash(emptyTreeHash)
    assert.match(text, /U=$/)
    for (const other of [text.replace('U=', 'V='), text.slice(0, -1), `${text}\n`, ` ${text}`, 'AAAA', '']) {
      assert.equal(tryParseTreeHash(other), undefined)
    }
  })

  test('a digest is lower-case hexadecimal', () => {
    assert.equal(digestHex(Buffer.from('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
