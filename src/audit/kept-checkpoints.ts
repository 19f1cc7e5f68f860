import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode } from './durable-file.ts'

/**
 * The checkpoints that a server keeps in its data directory unless it is told another place: the newest one of each lane.
 * None for a folder that is not a data directory. They cost whoever cuts the log one more file to change, no more.
 */
export async function keptCheckpoints(dataDirectory: string): Promise<readonly string[]> {
  const folder = join(dataDirectory, 'checkpoints')
  try {
    const names = (await readdir(folder)).filter((name) => /^latest(\.lane-\d+)?$/.test(name)).sort()
    return await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return []
    throw error
  }
}
