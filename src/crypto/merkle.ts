import { hash } from 'node:crypto'

/**
 * A SHA-256 tree hash as a string of 32 characters, one per byte (latin1). Strings, for on the hot path a Buffer per hash
 * costs more than the hashing.
 */
export type TreeHash = string

const leafPrefix = Buffer.from([0x00])
const scratch = Buffer.alloc(65)
scratch[0] = 0x01

/** The root of the empty tree: the hash of no bytes. */
export const emptyTreeHash: TreeHash = hash('sha256', Buffer.alloc(0), 'binary')

/** The leaf hash of an entry. Source: RFC 6962 §2.1. */
export function hashLeaf(entry: Uint8Array): TreeHash {
  return hash('sha256', Buffer.concat([leafPrefix, entry]), 'binary')
}

/**
 * The leaf hash of `frame[start, end)` without copying it: the byte before `start`, which must exist, stands in for the
 * leaf prefix during the call and has its value again afterwards.
 */
export function hashLeafAt(frame: Buffer, start: number, end: number): TreeHash {
  const before = frame.readUInt8(start - 1)
  frame[start - 1] = 0x00
  const leaf = hash('sha256', frame.subarray(start - 1, end), 'binary')
  frame[start - 1] = before
  return leaf
}

/** The hash of an inner node. Source: RFC 6962 §2.1. */
function hashNode(left: TreeHash, right: TreeHash): TreeHash {
  scratch.write(left, 1, 'latin1')
  scratch.write(right, 33, 'latin1')
  return hash('sha256', scratch, 'binary')
}

/** Standard base64 of a tree hash, as checkpoints and proofs carry it. */
export function encodeTreeHash(value: TreeHash): string {
  return Buffer.from(value, 'latin1').toString('base64')
}

/** The tree hash in canonical base64, or undefined; what does not encode back to the same text is refused. */
export function tryParseTreeHash(text: string): TreeHash | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 32 && bytes.toString('base64') === text ? bytes.toString('latin1') : undefined
}

/** SHA-256 of bytes in lower-case hexadecimal; for files that a record names. */
export function digestHex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/**
 * The right edge of a Merkle tree: the roots of its complete subtrees, largest first. Enough to append leaves and to give
 * the root at every size; the leaves themselves are not kept.
 */
export class Frontier {
  readonly #peaks: TreeHash[]
  #size: number

  private constructor(size: number, peaks: TreeHash[]) {
    this.#size = size
    this.#peaks = peaks
  }

  static empty(): Frontier {
    return new Frontier(0, [])
  }

  /** The frontier with these peaks, or undefined when a tree of that size has another number of them. */
  static restore(size: number, peaks: readonly TreeHash[]): Frontier | undefined {
    let complete = 0
    for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) complete += rest % 2
    return complete === peaks.length ? new Frontier(size, [...peaks]) : undefined
  }

  get size(): number {
    return this.#size
  }

  get peaks(): readonly TreeHash[] {
    return this.#peaks
  }

  clone(): Frontier {
    return new Frontier(this.#size, [...this.#peaks])
  }

  append(leaf: TreeHash): void {
    let node = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) node = hashNode(this.#peaks.pop() ?? '', node)
    this.#peaks.push(node)
    this.#size++
  }

  /** The Merkle tree hash at the present size. */
  root(): TreeHash {
    let node: TreeHash | undefined
    for (let at = this.#peaks.length - 1; at >= 0; at--) {
      const peak = this.#peaks[at] ?? ''
      node = node === undefined ? peak : hashNode(peak, node)
    }
    return node ?? emptyTreeHash
  }
}

interface LeafRange {
  readonly start: number
  readonly end: number
  readonly tree: Frontier
}

/**
 * Collects an inclusion proof in one pass: every leaf hash of the tree is added in order, and only the log(n) subtrees
 * beside the proven leaf's path are kept. Source: RFC 6962 §2.1.1.
 */
export class InclusionProver {
  readonly #index: number
  readonly #size: number
  /** In the order of the proof: the leaf's sibling first. */
  readonly #ranges: readonly LeafRange[]
  #added = 0
  #leaf: TreeHash | undefined

  /** For the leaf at `index` (from 0) in the tree of `size` leaves; `index` must be below `size`. */
  constructor(index: number, size: number) {
    if (!(index >= 0 && index < size)) throw new RangeError('The leaf is not in the tree.')
    this.#index = index
    this.#size = size
    this.#ranges = siblingRanges(index, size)
  }

  add(leaf: TreeHash): void {
    const at = this.#added++
    if (at === this.#index) this.#leaf = leaf
    else this.#ranges.find((range) => at >= range.start && at < range.end)?.tree.append(leaf)
  }

  /** The proof's hashes and the leaf's own. Throws `RangeError` before all leaves were added. */
  finish(): { readonly leaf: TreeHash; readonly proof: readonly TreeHash[] } {
    if (this.#added < this.#size || this.#leaf === undefined) throw new RangeError('Not all leaves were added.')
    return { leaf: this.#leaf, proof: this.#ranges.map((range) => range.tree.root()) }
  }
}

function siblingRanges(index: number, size: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const split = start + largestPowerBelow(end - start)
    if (index < split) {
      ranges.push({ start: split, end, tree: Frontier.empty() })
      end = split
    } else {
      ranges.push({ start, end: split, tree: Frontier.empty() })
      start = split
    }
  }
  return ranges.reverse()
}

function largestPowerBelow(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leaf: TreeHash
  readonly proof: readonly TreeHash[]
  readonly root: TreeHash
}

/** Whether the proof puts the leaf at that index of the tree with that root. Source: RFC 9162 §2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim): boolean {
  if (!(claim.index >= 0 && claim.index < claim.size)) return false
  let node = claim.index
  let last = claim.size - 1
  let result = claim.leaf
  for (const sibling of claim.proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      result = hashNode(sibling, result)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      result = hashNode(result, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && result === claim.root
}
