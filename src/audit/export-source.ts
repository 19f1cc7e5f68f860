import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUnverifiedCheckpoint } from './checkpoint.ts'
import { systemErrorCode } from './durable-file.ts'
import { lanePath, listLanes } from './lane-directory.ts'
import { LogFault, type LogSource, type StoredGroup } from './log-source.ts'
import { bundlePath, bundleWidth, tryReadBundle } from './tiles.ts'

/** The files that `exportLog` wrote. */
export function openExportSource(directory: string): LogSource {
  return {
    lanes: () => listLanes(directory),
    groups: (lane, from) => readGroups(lanePath(directory, lane), lane, from),
    tiles: { read: (lane, path) => readIfPresent(join(lanePath(directory, lane), path)) },
  }
}

async function* readGroups(directory: string, lane: number, from: number): AsyncGenerator<StoredGroup> {
  const total = await readTotal(directory, lane)
  let size = 0
  let bundle: { readonly number: number; readonly entries: readonly Buffer[] } | undefined
  for await (const note of readNotes(join(directory, 'checkpoints'))) {
    const next = readUnverifiedCheckpoint(note)?.size
    if (next === undefined || next <= size || next > total) {
      throw new LogFault(lane, size, `the checkpoint after ${size} records cannot be read or is out of order`)
    }
    const firstIndex = size
    const leaves: Buffer[] = []
    for (; size < next; size++) {
      const number = Math.floor(size / bundleWidth)
      if (bundle?.number !== number) bundle = { number, entries: await readBundle(directory, { lane, number, total }) }
      const leaf = bundle.entries[size % bundleWidth]
      if (leaf !== undefined) leaves.push(leaf)
    }
    if (size > from) yield { firstIndex, leaves, note }
  }
  if (size !== total)
    throw new LogFault(lane, size, `the checkpoints end at ${size} records, the newest one says ${total}`)
}

async function readTotal(directory: string, lane: number): Promise<number> {
  const note = await readIfPresent(join(directory, 'checkpoint'))
  const size = note === undefined ? undefined : readUnverifiedCheckpoint(note.toString('utf8'))?.size
  if (size === undefined) throw new LogFault(lane, 0, 'the newest checkpoint is missing or cannot be read')
  return size
}

async function readBundle(
  directory: string,
  place: { readonly lane: number; readonly number: number; readonly total: number },
): Promise<readonly Buffer[]> {
  const { lane, number, total } = place
  const first = number * bundleWidth
  const bytes = await readIfPresent(join(directory, bundlePath(number, total)))
  const entries = bytes === undefined ? undefined : tryReadBundle(bytes, Math.min(bundleWidth, total - first))
  if (entries === undefined) {
    throw new LogFault(lane, first, `the bundle of records from ${first} on is missing or is not a whole bundle`)
  }
  return entries
}

/** A checkpoint is five lines: origin, size, root, an empty one, and the signature. */
const linesPerNote = 5
/** Longer lines are no checkpoint's; reading stops there. */
const maximumLineLength = 1024

async function* readNotes(path: string): AsyncGenerator<string> {
  let rest = ''
  const stream = createReadStream(path, { encoding: 'utf8' })
  for await (const chunk of stream) {
    rest += String(chunk)
    for (let end = endOfNote(rest); end !== -1; end = endOfNote(rest)) {
      yield rest.slice(0, end)
      rest = rest.slice(end)
    }
    if (rest.length > linesPerNote * maximumLineLength) break
  }
  if (rest !== '') yield rest
}

function endOfNote(text: string): number {
  let at = 0
  for (let line = 0; line < linesPerNote; line++) {
    at = text.indexOf('\n', at) + 1
    if (at === 0) return -1
  }
  return at
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
