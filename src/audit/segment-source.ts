import { setTimeout as delay } from 'node:timers/promises'
import { lanePath, listLanes, listSegments, readSegment, type SegmentFile } from './lane-directory.ts'
import { LogFault, type LogSource, type StoredGroup } from './log-source.ts'
import { isZeroFrom, tryParseSegmentHeader, tryReadGroup } from './segment.ts'

/** A live log may be written while it is read: a tail that is not whole is read again this often before it is a fault. */
const tailAttempts = 5
const tailPauseMilliseconds = 40

export interface SegmentSourceOptions {
  /** The pause before a tail that is not whole is read again. */
  readonly pause?: () => Promise<unknown>
}

/** The live segments under `DIR/audit`. Reads files alone; the server may be running or not. */
export function openSegmentSource(directory: string, options: SegmentSourceOptions = {}): LogSource {
  const pause = options.pause ?? (() => delay(tailPauseMilliseconds))
  return {
    lanes: () => listLanes(directory),
    groups: (lane, from) => readGroups({ directory: lanePath(directory, lane), lane, from, pause }),
  }
}

interface Reading {
  /** The lane's directory. */
  readonly directory: string
  readonly lane: number
  readonly from: number
  readonly pause: () => Promise<unknown>
}

async function* readGroups(reading: Reading): AsyncGenerator<StoredGroup> {
  const { directory, lane, from } = reading
  let size: number | undefined
  for (;;) {
    const next = nextSegment(await listSegments(directory), size, from)
    if (next === undefined) return
    if (size !== undefined && next.firstIndex !== size) {
      throw new LogFault(lane, size, `a segment that starts at record ${next.firstIndex} follows ${size} records`)
    }
    if (size === undefined && from === 0 && next.firstIndex !== 0) {
      throw new LogFault(lane, 0, `the segments before record ${next.firstIndex} are missing`)
    }
    const end: number = yield* readWholeSegment(reading, next.firstIndex)
    // A segment whose first group is still to be written is the end of the log.
    if (end === next.firstIndex) return
    size = end
  }
}

/** The segment that holds record `from` at first; then the one after the segment that ended at `size`. */
function nextSegment(
  segments: readonly SegmentFile[],
  size: number | undefined,
  from: number,
): SegmentFile | undefined {
  if (size !== undefined) return segments.find((segment) => segment.firstIndex >= size)
  return segments.findLast((segment) => segment.firstIndex <= from) ?? segments[0]
}

async function* readWholeSegment(reading: Reading, firstIndex: number): AsyncGenerator<StoredGroup, number> {
  const { directory, lane, from } = reading
  let size = firstIndex
  let at = 0
  for (let attempt = 1; ; attempt++) {
    const read = await readSegment(directory, firstIndex)
    if (read === undefined) throw new LogFault(lane, size, `the segment that starts at record ${firstIndex} is missing`)
    const opening = tryParseSegmentHeader(read.bytes)
    if (opening !== undefined) {
      const header = { header: opening.header, compressedHash: read.compressedHash }
      if (at === 0) at = opening.end
      for (let group = tryReadGroup(read.bytes, at); group !== undefined; group = tryReadGroup(read.bytes, at)) {
        const isFirst = at === opening.end
        const stored = { firstIndex: size, leaves: group.leaves, note: group.note }
        at = group.end
        size += group.leaves.length
        if (size > from) yield isFirst ? { ...stored, segment: header } : stored
      }
    }
    if (at > 0 && size > firstIndex && isZeroFrom(read.bytes, at)) return size
    const isNewest = (await listSegments(directory)).at(-1)?.firstIndex === firstIndex
    if (attempt < tailAttempts && isNewest) {
      await reading.pause()
      continue
    }
    if (isNewest && at === 0 && isZeroFrom(read.bytes, 0)) return size
    const place = at === 0 ? 'the header' : `the bytes from ${at} on`
    throw new LogFault(
      lane,
      size,
      `${place} of the segment that starts at record ${firstIndex} belong to no whole signed group`,
    )
  }
}

export interface RecordPlace {
  readonly id: string
  readonly sequence: number
}

export interface RecordSearch {
  readonly lane: number
  readonly from: number
  /** The number of records the lane is known to hold; nothing behind them is read. */
  readonly until: number
  readonly ids: ReadonlySet<string>
}

/** Where the records with these ids are in a lane of the live log. */
export async function findRecords(directory: string, search: RecordSearch): Promise<readonly RecordPlace[]> {
  const found: RecordPlace[] = []
  if (search.from >= search.until) return found
  for await (const group of openSegmentSource(directory).groups(search.lane, search.from)) {
    group.leaves.forEach((leaf, at) => {
      const id = readRecordId(leaf)
      if (id !== undefined && search.ids.has(id)) found.push({ id, sequence: group.firstIndex + at })
    })
    if (group.firstIndex + group.leaves.length >= search.until) break
  }
  return found
}

function readRecordId(leaf: Buffer): string | undefined {
  return /"strongroom":\{"id":"([0-9a-f-]{36})"/.exec(leaf.toString('utf8'))?.[1]
}
