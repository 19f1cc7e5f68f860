import { encodeTreeHash, type TreeHash, tryParseTreeHash } from '#crypto/merkle.ts'

/**
 * A segment is one file of a lane: a header, then groups, then zeros. The header is its length (2 bytes, big-endian) and
 * a text: the format's name, the frontier of the tree before the segment (one base64 hash a line), an empty line, and the
 * checkpoint of that tree. So each segment can be continued, and checked, without the ones before it.
 * Wire: cannot change without a new format name.
 */
const formatName = 'strongroom-audit-segment/1'

export interface SegmentHeader {
  readonly peaks: readonly TreeHash[]
  readonly note: string
}

/** One group as it stands in a segment. */
export interface SegmentGroup {
  readonly leaves: readonly Buffer[]
  readonly note: string
  /** Where the group ends in the segment. */
  readonly end: number
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const text = Buffer.from(renderHeader(header), 'utf8')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([length, text])
}

function renderHeader(header: SegmentHeader): string {
  return [formatName, ...header.peaks.map(encodeTreeHash), '', header.note].join('\n')
}

/** The header at the start of a segment and where it ends, or undefined if it is not written exactly so. */
export function tryParseSegmentHeader(
  segment: Buffer,
): { readonly header: SegmentHeader; readonly end: number } | undefined {
  if (segment.length < 2) return undefined
  const end = 2 + segment.readUInt16BE(0)
  if (end > segment.length) return undefined
  const bytes = segment.subarray(2, end)
  const text = bytes.toString('utf8')
  const blank = text.indexOf('\n\n')
  const [name, ...encoded] = text.slice(0, Math.max(blank, 0)).split('\n')
  if (name !== formatName) return undefined
  const peaks: TreeHash[] = []
  for (const line of encoded) {
    const peak = tryParseTreeHash(line)
    if (peak === undefined) return undefined
    peaks.push(peak)
  }
  const header = { peaks, note: text.slice(blank + 2) }
  return Buffer.from(renderHeader(header), 'utf8').equals(bytes) ? { header, end } : undefined
}

/** The group that starts at `start`, or undefined where no whole group does. */
export function tryReadGroup(segment: Buffer, start: number): SegmentGroup | undefined {
  const leaves: Buffer[] = []
  let at = start
  for (;;) {
    if (at + 2 > segment.length) return undefined
    const length = segment.readUInt16BE(at)
    at += 2
    if (length === 0) break
    if (at + length > segment.length) return undefined
    leaves.push(segment.subarray(at, at + length))
    at += length
  }
  if (leaves.length === 0 || at + 2 > segment.length) return undefined
  const end = at + 2 + segment.readUInt16BE(at)
  return end > segment.length || end === at + 2
    ? undefined
    : { leaves, note: segment.toString('utf8', at + 2, end), end }
}

/** Whether everything from `start` on is zero, as it must be after the last group. */
export function isZeroFrom(segment: Buffer, start: number): boolean {
  return lastNonZero(segment) < start
}

/** The index of the last byte that is not zero, or -1. */
export function lastNonZero(segment: Buffer): number {
  let end = segment.length
  while (end >= zeros.length && segment.subarray(end - zeros.length, end).equals(zeros)) end -= zeros.length
  while (end > 0 && segment[end - 1] === 0) end--
  return end - 1
}

const zeros = Buffer.alloc(4096)
