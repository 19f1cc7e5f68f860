import { mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { lanePath } from './lane-directory.ts'
import type { LogSource } from './log-source.ts'
import { TileBuilder } from './tiles.ts'

/** A lane that was exported, and how many records it had. */
export interface ExportedLane {
  readonly lane: number
  readonly size: number
}

/**
 * Writes the log as static files that other programs read: per lane `lane-<n>/checkpoint`, `tile/…` and `tile/entries/…`,
 * and beside them `checkpoints`, the signed checkpoint of every group commit in order. `directory` is made, and must be
 * empty: `conflict` / `AuditExportNotEmpty`. The log may be written meanwhile; what is exported ends with a whole group.
 * Source: C2SP tlog-tiles, https://c2sp.org/tlog-tiles.
 */
export async function exportLog(source: LogSource, directory: string): Promise<readonly ExportedLane[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if ((await readdir(directory)).length > 0) {
    throw new ServiceError('conflict', 'AuditExportNotEmpty', 'The folder to export to is not empty; name a new one.')
  }
  const exported: ExportedLane[] = []
  for (const lane of await source.lanes()) {
    const size = await exportLane(source, lane, lanePath(directory, lane))
    exported.push({ lane, size })
  }
  return exported
}

async function exportLane(source: LogSource, lane: number, directory: string): Promise<number> {
  const builder = new TileBuilder()
  let size = 0
  let note: string | undefined
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const checkpoints = await open(join(directory, 'checkpoints'), 'wx', 0o600)
  try {
    for await (const group of source.groups(lane, 0)) {
      for (const leaf of group.leaves) {
        for (const file of builder.add(leaf)) await writeTile(directory, file.path, file.bytes)
      }
      size += group.leaves.length
      note = group.note
      await checkpoints.appendFile(group.note)
    }
  } finally {
    await checkpoints.close()
  }
  for (const file of builder.finish()) await writeTile(directory, file.path, file.bytes)
  if (note !== undefined) await writeFile(join(directory, 'checkpoint'), note, { mode: 0o600, flag: 'wx' })
  return size
}

async function writeTile(directory: string, path: string, bytes: Buffer): Promise<void> {
  const target = join(directory, path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await writeFile(target, bytes, { mode: 0o600, flag: 'wx' })
}
