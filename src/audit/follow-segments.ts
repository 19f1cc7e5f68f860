import { open } from 'node:fs/promises'
import { systemErrorCode } from './durable-file.ts'
import { bytesAtOnce, type FollowedLog } from './followed-log.ts'
import { lanePath, listLanes, listSegments, readSegment, segmentPath } from './lane-directory.ts'
import { LogFault, type StoredGroup } from './log-source.ts'
import { tryParseSegmentHeader, tryReadGroup } from './segment.ts'

/** Where the last look ended: at `offset` in the segment that starts at `firstIndex`; 0 is before its header. */
interface Place {
  readonly firstIndex: number
  readonly offset: number
  readonly size: number
}

/** A group is smaller. */
const maximumChunkBytes = 16 * bytesAtOnce

/** The live segments under `DIR/audit`, read forward from a remembered place: an idle look reads a few bytes. */
export function followSegments(directory: string): FollowedLog {
  const places = new Map<number, Place>()
  return {
    lanes: () => listLanes(directory),
    nearEnd: async (lane) => (await listSegments(lanePath(directory, lane))).at(-1)?.firstIndex ?? 0,
    async read(lane, from, until) {
      const folder = lanePath(directory, lane)
      const known = places.get(lane)
      let place = known?.size === from ? known : await findPlace(folder, lane, from)
      const groups: StoredGroup[] = []
      while (place !== undefined && groups.length === 0) {
        const end: Place = await readOn(folder, { place, until, groups })
        places.set(lane, end)
        if (groups.length > 0 || end.size >= until) break
        place = await nextPlace(folder, end)
      }
      return groups
    },
  }
}

async function findPlace(folder: string, lane: number, from: number): Promise<Place | undefined> {
  const segments = await listSegments(folder)
  const segment = segments.findLast(({ firstIndex }) => firstIndex <= from) ?? segments[0]
  if (segment === undefined) return undefined
  const { firstIndex } = segment
  // What was pruned before it was read is gone.
  if (firstIndex >= from) return { firstIndex, offset: 0, size: firstIndex }
  const bytes = (await readSegment(folder, firstIndex))?.bytes
  const header = bytes === undefined ? undefined : tryParseSegmentHeader(bytes)
  let size = firstIndex
  let offset = header?.end ?? 0
  while (bytes !== undefined && size < from) {
    const group = tryReadGroup(bytes, offset)
    if (group === undefined)
      throw new LogFault(lane, size, `the log ends before record ${from}, up to which it was read`)
    size += group.leaves.length
    offset = group.end
  }
  return { firstIndex, offset, size }
}

/** The start of the next segment, once the one at `place` is read to its end. */
async function nextPlace(folder: string, { firstIndex, size }: Place): Promise<Place | undefined> {
  const next = (await listSegments(folder)).find((segment) => segment.firstIndex > firstIndex)
  return next?.firstIndex === size ? { firstIndex: size, offset: 0, size } : undefined
}

/** Adds the whole groups that one look finds, and says where it ended. */
async function readOn(
  folder: string,
  { place, until, groups }: { readonly place: Place; readonly until: number; readonly groups: StoredGroup[] },
): Promise<Place> {
  for (let length = bytesAtOnce; ; length *= 4) {
    const chunk = await readChunk(folder, place, length)
    let at = place.offset === 0 ? (tryParseSegmentHeader(chunk)?.end ?? 0) : 0
    let { size } = place
    const hasHeader = place.offset > 0 || at > 0
    for (let group = hasHeader ? tryReadGroup(chunk, at) : undefined; group !== undefined; ) {
      if (size + group.leaves.length > until) break
      groups.push({ firstIndex: size, leaves: group.leaves, note: group.note })
      size += group.leaves.length
      at = group.end
      group = tryReadGroup(chunk, at)
    }
    const isCut = groups.length === 0 && chunk.length === length && chunk[at] !== undefined && !isEnd(chunk, at)
    if (!isCut || length >= maximumChunkBytes) return { firstIndex: place.firstIndex, offset: place.offset + at, size }
  }
}

/** Zeros follow the last group. */
function isEnd(chunk: Buffer, at: number): boolean {
  return chunk[at] === 0 && (chunk[at + 1] ?? 0) === 0
}

async function readChunk(folder: string, { firstIndex, offset }: Place, length: number): Promise<Buffer> {
  try {
    const file = await open(segmentPath(folder, firstIndex), 'r')
    try {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
    const packed = await readSegment(folder, firstIndex)
    return packed === undefined ? Buffer.alloc(0) : packed.bytes.subarray(offset, offset + length)
  }
}
