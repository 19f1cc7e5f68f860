import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { constants, createZstdCompress, zstdDecompress } from 'node:zlib'
import { digestHex } from '#crypto/merkle.ts'
import { syncDirectory, systemErrorCode } from './durable-file.ts'

const decompress = promisify(zstdDecompress)

/** No segment, compressed or not, is larger; a file that claims more is refused before it is opened up. */
const maximumSegmentBytes = 256 * 1024 * 1024

/** A segment of a lane by the index of its first record. */
export interface SegmentFile {
  readonly firstIndex: number
  readonly compressed: boolean
}

const lanePattern = /^lane-(0|[1-9][0-9]{0,8})$/
const segmentPattern = /^([0-9]{16})\.segment(\.zst)?$/

/** `DIR/audit/lane-0`. */
export function lanePath(directory: string, lane: number): string {
  return join(directory, `lane-${lane}`)
}

/** The lanes that have a directory, in order. An absent directory has none. */
export async function listLanes(directory: string): Promise<readonly number[]> {
  const lanes: number[] = []
  for (const name of await listNames(directory)) {
    const match = lanePattern.exec(name)
    if (match !== null) lanes.push(Number(match[1]))
  }
  return lanes.sort((a, b) => a - b)
}

/** A lane's segments in order. Where a segment is there in both forms, the uncompressed one counts. */
export async function listSegments(lane: string): Promise<readonly SegmentFile[]> {
  const segments = new Map<number, SegmentFile>()
  for (const name of await listNames(lane)) {
    const match = segmentPattern.exec(name)
    if (match === null) continue
    const firstIndex = Number(match[1])
    const compressed = match[2] !== undefined
    if (!compressed || !segments.has(firstIndex)) segments.set(firstIndex, { firstIndex, compressed })
  }
  return [...segments.values()].sort((a, b) => a.firstIndex - b.firstIndex)
}

async function listNames(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

export function segmentPath(lane: string, firstIndex: number): string {
  return join(lane, `${String(firstIndex).padStart(16, '0')}.segment`)
}

function compressedPath(lane: string, firstIndex: number): string {
  return `${segmentPath(lane, firstIndex)}.zst`
}

/** A segment's bytes and, for a compressed one, the hash of its file. Undefined when it is not there in either form. */
export async function readSegment(
  lane: string,
  firstIndex: number,
): Promise<{ readonly bytes: Buffer; readonly compressedHash?: string } | undefined> {
  const plain = await readIfPresent(segmentPath(lane, firstIndex))
  if (plain !== undefined) return { bytes: plain }
  const packed = await readIfPresent(compressedPath(lane, firstIndex))
  if (packed === undefined) return undefined
  return { bytes: await unpack(packed), compressedHash: digestHex(packed) }
}

/** The bytes of a compressed segment; none for bytes that are not one, which no header check then accepts. */
async function unpack(packed: Buffer): Promise<Buffer> {
  try {
    return await decompress(packed, { maxOutputLength: maximumSegmentBytes })
  } catch {
    return Buffer.alloc(0)
  }
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > maximumSegmentBytes) return Buffer.alloc(0)
    return await readFile(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Makes a lane's directory, durably, mode 0700. */
export async function makeLaneDirectory(directory: string, lane: number): Promise<string> {
  const path = lanePath(directory, lane)
  await mkdir(path, { recursive: true, mode: 0o700 })
  await syncDirectory(directory)
  return path
}

/**
 * Writes the compressed form of a closed segment beside it, durably, and gives that file's hash and both sizes. Piece by piece in
 * one buffer: a segment in memory as a whole would bring a full collection each time, and hold up every call for it.
 */
export async function compressSegment(
  lane: string,
  firstIndex: number,
): Promise<{ readonly sha256: string; readonly bytes: number; readonly compressedBytes: number }> {
  const plain = await open(segmentPath(lane, firstIndex), 'r')
  try {
    const { packed, bytes } = await pack(plain)
    const path = compressedPath(lane, firstIndex)
    await writeDurably(`${path}.new`, path, packed)
    await syncDirectory(lane)
    return { sha256: digestHex(packed), bytes, compressedBytes: packed.length }
  } finally {
    await plain.close()
  }
}

const pieceBytes = 256 * 1024

async function pack(file: FileHandle): Promise<{ readonly packed: Buffer; readonly bytes: number }> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  const packed: Buffer[] = []
  packer.on('data', (chunk: Buffer) => packed.push(chunk))
  const ended = finished(packer)
  const piece = Buffer.allocUnsafe(pieceBytes)
  let bytes = 0
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, bytes)
    if (bytesRead === 0) break
    bytes += bytesRead
    // The buffer is free for the next piece once this one was taken in.
    const taken = new Promise<void>((resolve) => packer.write(piece.subarray(0, bytesRead), () => resolve()))
    await Promise.race([taken, ended])
  }
  packer.end()
  await ended
  return { packed: Buffer.concat(packed), bytes }
}

/** Removes a segment's uncompressed file, durably: it is compressed and the hash in the log, or it never held a whole group. */
export async function removeSegment(lane: string, firstIndex: number): Promise<void> {
  await rm(segmentPath(lane, firstIndex), { force: true })
  await syncDirectory(lane)
}

/** Writes a whole file (mode 0600) under a temporary name, syncs it, and renames it into place. */
export async function writeDurably(temporary: string, path: string, bytes: Buffer): Promise<void> {
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
