import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DurableDirectory,
  type DurableFile,
  isPassing,
  type OpenDurableFile,
  openDirectory,
  systemErrorCode,
} from './durable-file.ts'
import type { Group } from './group.ts'
import { segmentPath } from './lane-directory.ts'
import { encodeSegmentHeader, type SegmentHeader } from './segment.ts'

/**
 * The disk is full and the reserve used up, or the next segment cannot be opened; nothing of the group is in the log, which can
 * go on when this has passed. The cause is the system's error.
 */
export class NoRoom extends Error {
  override readonly name = 'NoRoom'
}

export interface SegmentWriterOptions {
  /** The lane's directory. */
  readonly directory: string
  /** A segment is closed before it would grow beyond this. */
  readonly segmentBytes: number
  /** Size of the preallocated file that becomes the next segment, or takes the rest of the log on a full disk. */
  readonly reserveBytes: number
  readonly openFile: OpenDurableFile
  /** Called with the first index of a segment that was closed, after its successor's first group is durable. */
  readonly onClosed: (firstIndex: number) => void
}

/** Where a lane goes on: the end of its last whole group, and how far bytes of a torn group reach behind it. */
export interface SegmentPosition {
  readonly firstIndex: number
  readonly end: number
  readonly dirtyEnd: number
}

interface OpenSegment {
  readonly file: DurableFile
  readonly firstIndex: number
  /** The end of the last durable group; 0 while not even the header is written. */
  end: number
  dirtyEnd: number
}

/**
 * Writes groups to the segments of one lane, each with a single durable write, and changes to a new segment by size. A
 * group that does not fit the disk is cut off again and goes to the reserve segment; without one, `NoRoom`.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  readonly #directory: DurableDirectory
  #segment: OpenSegment | undefined
  #reserve: Promise<boolean> | undefined
  #hasReserve = false
  #isClosed = false
  /** Segments that were closed, of whose successors nothing is durable yet. */
  readonly #closed: number[] = []

  private constructor(options: SegmentWriterOptions, directory: DurableDirectory) {
    this.#options = options
    this.#directory = directory
  }

  /** Continues a lane at `position`; an empty lane has none. */
  static async open(options: SegmentWriterOptions, position: SegmentPosition | undefined): Promise<SegmentWriter> {
    const writer = new SegmentWriter(options, await openDirectory(options.directory))
    if (position !== undefined) {
      const file = await options.openFile(segmentPath(options.directory, position.firstIndex), false)
      writer.#segment = { file, ...position }
    }
    return writer
  }

  /**
   * Makes a group durable; `before` describes the tree before it, for a new segment's header. Throws `NoRoom`, after
   * which the log is as before; any other error leaves the file in doubt and must end this writer.
   */
  async write(group: Group, before: SegmentHeader): Promise<void> {
    const former = this.#segment
    const isFilled =
      former !== undefined && former.end > 0 && former.end + group.frame.length > this.#options.segmentBytes
    try {
      const segment = former === undefined || isFilled ? await this.#change(group.firstIndex) : former
      await this.#put(segment, group, before)
    } catch (error) {
      if (!isPassing(error)) throw error
      await this.#cutBack()
      await this.#putIntoReserve(group, before, error)
    }
    for (const firstIndex of this.#closed.splice(0)) this.#options.onClosed(firstIndex)
  }

  /**
   * Makes the reserve segment if it is not there. Resolves to whether there is one; false means that there is no room. One that is
   * being taken still counts: ask again once that segment's former one is closed.
   */
  ensureReserve(): Promise<boolean> {
    if (this.#hasReserve) return Promise.resolve(true)
    this.#reserve ??= this.#makeReserve().finally(() => {
      this.#reserve = undefined
    })
    return this.#reserve
  }

  /** A second time does nothing: the descriptors may be another file's by then. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#reserve
    await this.#segment?.file.close()
    this.#segment = undefined
    await this.#directory.close()
  }

  async #putIntoReserve(group: Group, before: SegmentHeader, cause: unknown): Promise<void> {
    if (!this.#hasReserve) throw new NoRoom('', { cause })
    try {
      await this.#put(await this.#change(group.firstIndex), group, before)
    } catch (error) {
      if (!isPassing(error)) throw error
      await this.#cutBack()
      throw new NoRoom('', { cause: error })
    }
  }

  async #put(segment: OpenSegment, group: Group, before: SegmentHeader): Promise<void> {
    const content = segment.end === 0 ? Buffer.concat([encodeSegmentHeader(before), group.frame]) : group.frame
    const end = segment.end + content.length
    // Zeros over what is left of a torn group, in the same write, so that it is gone exactly when its cut is recorded.
    const bytes = segment.dirtyEnd > end ? Buffer.concat([content, Buffer.alloc(segment.dirtyEnd - end)]) : content
    await segment.file.write(bytes, segment.end)
    segment.end = end
    segment.dirtyEnd = 0
  }

  async #cutBack(): Promise<void> {
    const segment = this.#segment
    if (segment === undefined) return
    await segment.file.truncate(segment.end)
    segment.dirtyEnd = 0
  }

  /** Every file is opened before the new segment has its name: with none to open, nothing has changed. */
  async #change(firstIndex: number): Promise<OpenSegment> {
    const { directory, openFile } = this.#options
    const path = segmentPath(directory, firstIndex)
    let file: DurableFile
    if (this.#hasReserve) {
      const reserve = join(directory, reserveName)
      file = await openFile(reserve, false)
      try {
        await rename(reserve, path)
      } catch (error) {
        await file.close()
        throw error
      }
      // Not before: who looked for it meanwhile would find the file that is being taken.
      this.#hasReserve = false
    } else {
      file = await openFile(path, true)
    }
    const former = this.#segment
    this.#segment = { file, firstIndex, end: 0, dirtyEnd: 0 }
    if (former !== undefined && former.end > 0) this.#closed.push(former.firstIndex)
    await former?.file.close()
    await this.#directory.sync()
    return this.#segment
  }

  async #makeReserve(): Promise<boolean> {
    const { directory, reserveBytes } = this.#options
    const path = join(directory, reserveName)
    const unfinished = `${path}.new`
    try {
      if (!(await isReserve(path, reserveBytes))) {
        await writeZeros(unfinished, reserveBytes)
        await rename(unfinished, path)
        await this.#directory.sync()
      }
      this.#hasReserve = true
      return true
    } catch (error) {
      if (!isPassing(error)) throw error
      await rm(unfinished, { force: true })
      return false
    }
  }
}

const reserveName = 'reserve'

/** Whether a finished reserve is there: it got its name only after all of it was durable. */
async function isReserve(path: string, length: number): Promise<boolean> {
  try {
    return (await stat(path)).size === length
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
}

async function writeZeros(path: string, length: number): Promise<void> {
  const chunk = Buffer.alloc(Math.min(length, 256 * 1024))
  const file = await open(path, 'w', 0o600)
  try {
    for (let at = 0; at < length; ) {
      at += (await file.write(chunk, 0, Math.min(chunk.length, length - at), at)).bytesWritten
    }
    await file.datasync()
  } finally {
    await file.close()
  }
}
