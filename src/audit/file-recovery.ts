import { ServiceError } from '#base/errors.ts'
import { Frontier, hashLeaf } from '#crypto/merkle.ts'
import type { NoteVerifier } from '#crypto/note.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { listSegments, readSegment } from './lane-directory.ts'
import { isZeroFrom, lastNonZero, tryParseSegmentHeader, tryReadGroup } from './segment.ts'
import type { SegmentPosition } from './segment-writer.ts'

/** Where a lane stood when its last writer ended. */
export interface RecoveredLane {
  readonly frontier: Frontier
  /** The last durable checkpoint's note; undefined for a lane without records. */
  readonly note: string | undefined
  readonly position: SegmentPosition | undefined
  /** Bytes after the last whole signed group; 0 after a clean stop. */
  readonly tornBytes: number
  /** A segment that holds nothing but a torn first group, to be removed when the cut is made. */
  readonly emptySegment: number | undefined
}

export interface RecoveryOptions {
  /** The lane's directory. */
  readonly directory: string
  readonly lane: number
  readonly origin: string
  readonly verifier: NoteVerifier
  /** The checkpoint kept outside, if there is one; its root is compared where the newest segment shows it. */
  readonly outside: Checkpoint | undefined
}

/** Refusal of a log that is damaged, not merely cut short by a crash. */
export function logBroken(lane: number, what: string): ServiceError {
  return new ServiceError(
    'internal',
    'AuditLogBroken',
    `Lane ${lane} of the audit log is damaged: ${what}. Keep a copy for inspection, then open a new lane.`,
  )
}

/**
 * Finds the end of a lane from its newest segment alone, without changing anything. Bytes after the last whole signed
 * group count as torn only where one interrupted write can have left them. Throws `internal` / `AuditLogBroken` for
 * anything else that is not as a writer leaves it.
 */
export async function recoverLane(options: RecoveryOptions): Promise<RecoveredLane> {
  const segments = await listSegments(options.directory)
  const newest = segments.at(-1)
  const empty = {
    frontier: Frontier.empty(),
    note: undefined,
    position: undefined,
    tornBytes: 0,
    emptySegment: undefined,
  }
  if (newest === undefined) return empty
  const read = await scanSegment(options, newest.firstIndex)
  if (read.lane !== undefined) return read.lane
  const former = segments.at(-2)
  if (former === undefined && newest.firstIndex === 0) {
    return { ...empty, tornBytes: read.tornBytes, emptySegment: newest.firstIndex }
  }
  const before = former === undefined ? undefined : await scanSegment(options, former.firstIndex)
  if (before?.lane === undefined || before.lane.tornBytes > 0 || before.lane.frontier.size !== newest.firstIndex) {
    throw logBroken(
      options.lane,
      `the segment that starts at record ${newest.firstIndex} does not follow the one before`,
    )
  }
  return { ...before.lane, tornBytes: read.tornBytes, emptySegment: newest.firstIndex }
}

/** `lane` is undefined when not even the header and first group are whole. */
async function scanSegment(
  options: RecoveryOptions,
  firstIndex: number,
): Promise<{ readonly lane: RecoveredLane | undefined; readonly tornBytes: number }> {
  const segment = await readSegment(options.directory, firstIndex)
  if (segment === undefined || segment.compressedHash !== undefined) {
    throw logBroken(options.lane, `the newest segment after record ${firstIndex} is missing`)
  }
  const { bytes } = segment
  const opening = tryParseSegmentHeader(bytes)
  const start = opening === undefined ? undefined : Frontier.restore(firstIndex, opening.header.peaks)
  const isSigned = opening !== undefined && start !== undefined && isCheckpointOf(opening.header.note, start, options)
  if (opening === undefined || start === undefined || !isSigned) {
    return { lane: undefined, tornBytes: tornLength(bytes, 0, 2, options) }
  }
  const found = scanGroups(bytes, opening.end, start, options)
  if (found === undefined) return { lane: undefined, tornBytes: tornLength(bytes, 0, 2, options) }
  const tornBytes = tornLength(bytes, found.end, 1, options)
  const position = { firstIndex, end: found.end, dirtyEnd: found.end + tornBytes }
  const lane = { frontier: found.frontier, note: found.note, position, tornBytes, emptySegment: undefined }
  return { lane, tornBytes }
}

interface Found {
  readonly frontier: Frontier
  readonly note: string
  readonly end: number
}

/** The last group whose checkpoint holds: the last whole one, or the one before it, for only one write can be torn. */
function scanGroups(bytes: Buffer, start: number, before: Frontier, options: RecoveryOptions): Found | undefined {
  const frontier = before.clone()
  let last: Found | undefined
  let beforeLast: Found | undefined
  compareOutside(before, options)
  for (let group = tryReadGroup(bytes, start); group !== undefined; group = tryReadGroup(bytes, group.end)) {
    for (const leaf of group.leaves) frontier.append(hashLeaf(leaf))
    beforeLast = last
    last = { frontier: frontier.clone(), note: group.note, end: group.end }
    compareOutside(frontier, options)
  }
  for (const candidate of [last, beforeLast]) {
    if (candidate !== undefined && isCheckpointOf(candidate.note, candidate.frontier, options)) return candidate
  }
  if (beforeLast !== undefined) {
    throw logBroken(
      options.lane,
      `the checkpoint at ${beforeLast.frontier.size} records or a record before it was altered`,
    )
  }
  return undefined
}

function compareOutside(frontier: Frontier, options: RecoveryOptions): void {
  if (options.outside?.size === frontier.size && options.outside.root !== frontier.root()) {
    throw logBroken(options.lane, `its first ${frontier.size} records are not those the checkpoint kept outside signs`)
  }
}

function isCheckpointOf(note: string, frontier: Frontier, options: RecoveryOptions): boolean {
  const checkpoint = openCheckpoint(note, options.verifier)
  return (
    checkpoint?.origin === options.origin && checkpoint.size === frontier.size && checkpoint.root === frontier.root()
  )
}

/** How many bytes from `end` on are torn. One write carries one group, so more checkpoints than that were acknowledged. */
function tornLength(bytes: Buffer, end: number, checkpoints: number, options: RecoveryOptions): number {
  if (isZeroFrom(bytes, end)) return 0
  const origin = Buffer.from(`${options.origin}\n`, 'utf8')
  let count = 0
  for (let at = bytes.indexOf(origin, end); at !== -1; at = bytes.indexOf(origin, at + 1)) count++
  if (count > checkpoints) {
    throw logBroken(options.lane, `there are signed groups behind a damaged place ${end} bytes into its newest segment`)
  }
  return lastNonZero(bytes) + 1 - end
}
