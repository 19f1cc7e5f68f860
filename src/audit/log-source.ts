import type { SegmentHeader } from './segment.ts'

/** The records of one group commit and the checkpoint that signs them, as read from wherever the log is. */
export interface StoredGroup {
  readonly firstIndex: number
  readonly leaves: readonly Buffer[]
  readonly note: string
  /** Set on the first group of a segment of the live log: what the segment says of the tree before it. */
  readonly segment?: {
    readonly header: SegmentHeader
    /** SHA-256 of the compressed file; undefined for an uncompressed one. */
    readonly compressedHash: string | undefined
  }
}

/** A place that records can be read from: live segments, an export, or the tables. */
export interface LogSource {
  lanes(): Promise<readonly number[]>
  /**
   * The whole signed groups that hold records at or after `from` (0: all), in order. Checks the form but no signature and
   * no hash. Throws `LogFault` where the form is broken.
   */
  groups(lane: number, from: number): AsyncIterable<StoredGroup>
  /** Files of an export that repeat what the groups say; `verify` compares them. */
  readonly tiles?: TileFiles
}

export interface TileFiles {
  read(lane: number, path: string): Promise<Buffer | undefined>
}

/** The form of a stored log is broken; says where. */
export class LogFault extends Error {
  override readonly name = 'LogFault'
  readonly lane: number
  /** Whole signed records before the fault. */
  readonly size: number

  constructor(lane: number, size: number, sentence: string) {
    super(sentence)
    this.lane = lane
    this.size = size
  }
}
