import { Frontier, hashLeaf, type TreeHash } from '#crypto/merkle.ts'

const tileWidth = 256

/** One file of the tile layout, by its path under the lane (`tile/0/x001/067`). */
export interface TileFile {
  readonly path: string
  readonly bytes: Buffer
}

/**
 * Turns records, added in order, into the entry bundles and hash tiles of a tree. Keeps one unfinished tile per level.
 * Source: C2SP tlog-tiles, https://c2sp.org/tlog-tiles.
 */
export class TileBuilder {
  readonly #levels: Level[] = []
  #bundle: Buffer[] = []

  /** Adds a record and gives the files that it completes. */
  add(entry: Buffer): readonly TileFile[] {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(entry.length)
    this.#bundle.push(length, entry)
    const files: TileFile[] = []
    const index = this.#level(0).full
    if (this.#bundle.length === tileWidth * 2) {
      files.push({ path: `tile/entries/${indexPath(index)}`, bytes: Buffer.concat(this.#bundle) })
      this.#bundle = []
    }
    this.#push(0, hashLeaf(entry), files)
    return files
  }

  /** The partial files of the tree's right edge. */
  finish(): readonly TileFile[] {
    const files: TileFile[] = []
    if (this.#bundle.length > 0) {
      const path = `tile/entries/${indexPath(this.#level(0).full)}.p/${this.#bundle.length / 2}`
      files.push({ path, bytes: Buffer.concat(this.#bundle) })
    }
    this.#levels.forEach((level, at) => {
      if (level.hashes.length === 0) return
      const path = `tile/${at}/${indexPath(level.full)}.p/${level.hashes.length}`
      files.push({ path, bytes: Buffer.from(level.hashes.join(''), 'latin1') })
    })
    return files
  }

  #push(at: number, hash: TreeHash, files: TileFile[]): void {
    const level = this.#level(at)
    level.hashes.push(hash)
    if (level.hashes.length < tileWidth) return
    files.push({ path: `tile/${at}/${indexPath(level.full)}`, bytes: Buffer.from(level.hashes.join(''), 'latin1') })
    const tree = Frontier.empty()
    for (const member of level.hashes) tree.append(member)
    level.hashes = []
    level.full++
    this.#push(at + 1, tree.root(), files)
  }

  #level(at: number): Level {
    const level = this.#levels[at] ?? { hashes: [], full: 0 }
    this.#levels[at] = level
    return level
  }
}

interface Level {
  hashes: TreeHash[]
  /** Tiles of this level that are complete. */
  full: number
}

/** `x001/x234/067` for tile 1,234,067. */
export function indexPath(index: number): string {
  let path = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`
  }
  return path
}

/** Where the bundle is that holds record `index` of a tree of `size` records. */
export function bundlePath(bundle: number, size: number): string {
  const width = Math.min(tileWidth, size - bundle * tileWidth)
  return `tile/entries/${indexPath(bundle)}${width === tileWidth ? '' : `.p/${width}`}`
}

/** The records of a bundle, or undefined if it is not exactly `count` length-prefixed records. */
export function tryReadBundle(bundle: Buffer, count: number): readonly Buffer[] | undefined {
  const entries: Buffer[] = []
  let at = 0
  while (at + 2 <= bundle.length && entries.length < count) {
    const end = at + 2 + bundle.readUInt16BE(at)
    if (end > bundle.length) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries.length === count && at === bundle.length ? entries : undefined
}

/** Records in a full bundle. */
export const bundleWidth = tileWidth
