import { type Frontier, hashLeafAt } from '#crypto/merkle.ts'
import type { NoteSigner } from '#crypto/note.ts'
import { signCheckpoint } from './checkpoint.ts'

/**
 * Records that become durable together, with the checkpoint that signs them. `frame` is their stored form:
 * for each record its length (2 bytes, big-endian) and its line; then two zero bytes, the note's length (2 bytes) and the
 * signed checkpoint. Wire: cannot change without a new segment format.
 */
export interface Group {
  readonly firstIndex: number
  readonly count: number
  /** Valid until the next group is built. */
  readonly frame: Buffer
  /** Where each record's line starts in `frame`, and where it ends. */
  readonly lines: readonly { readonly start: number; readonly end: number }[]
  readonly note: string
  /** The tree after the group. */
  readonly frontier: Frontier
}

export interface GroupPlace {
  readonly lane: number
  readonly origin: string
  readonly signer: NoteSigner
  /** The tree before the group; it is not changed. */
  readonly frontier: Frontier
}

const initialCapacity = 64 * 1024
/** More than any checkpoint note takes. */
const noteRoom = 2048

/** Builds groups in one buffer that grows to the largest group seen: one group at a time may be in use. */
export class GroupBuilder {
  #buffer = Buffer.allocUnsafe(initialCapacity)

  /** The group of these record bodies, in their order; each must fit a line. */
  build(bodies: readonly string[], place: GroupPlace): Group {
    const frontier = place.frontier.clone()
    const firstIndex = frontier.size
    const lines: { start: number; end: number }[] = []
    let at = 0
    for (const body of bodies) {
      const line = `${body},"lane":${place.lane},"sequence":${frontier.size}}}`
      this.#reserve(at, 2 + line.length * 3 + noteRoom)
      const start = at + 2
      at = start + this.#buffer.write(line, start, 'utf8')
      this.#buffer.writeUInt16BE(at - start, start - 2)
      frontier.append(hashLeafAt(this.#buffer, start, at))
      lines.push({ start, end: at })
    }
    const note = signCheckpoint(place.signer, { origin: place.origin, size: frontier.size, root: frontier.root() })
    this.#reserve(at, noteRoom)
    const noteLength = this.#buffer.write(note, at + 4, 'utf8')
    this.#buffer.writeUInt16BE(0, at)
    this.#buffer.writeUInt16BE(noteLength, at + 2)
    return {
      firstIndex,
      count: lines.length,
      frame: this.#buffer.subarray(0, at + 4 + noteLength),
      lines,
      note,
      frontier,
    }
  }

  #reserve(used: number, more: number): void {
    if (used + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + more))
    this.#buffer.copy(larger, 0, 0, used)
    this.#buffer = larger
  }
}
