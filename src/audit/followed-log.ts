import type { StoredGroup } from './log-source.ts'

/** A log as somebody reads it who goes on, again and again, where the last look ended. */
export interface FollowedLog {
  lanes(): Promise<readonly number[]>
  /** An index at most the lane's size and not far before it; cheap. */
  nearEnd(lane: number): Promise<number>
  /**
   * Some whole signed groups from `from` on, in order; none at the end. `from` is 0 or where an earlier group ended. Groups
   * that reach behind `until` are left for later.
   */
  read(lane: number, from: number, until: number): Promise<readonly StoredGroup[]>
}

/** One look takes about so many bytes of records. */
export const bytesAtOnce = 1024 * 1024
