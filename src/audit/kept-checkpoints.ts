import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from './durable-file.ts'

/**
 * The checkpoints that a server keeps in their second place: the newest one of each lane, beside each other. None where the
 * file is not there. `path` is the file of lane 0.
 */
export async function readKeptCheckpoints(path: string): Promise<readonly string[]> {
  const [folder, name] = [dirname(path), basename(path)]
  try {
    const names = await readdir(folder)
    const kept = names.filter((found) => found === name || isOfOtherLane(found, name)).sort()
    return await Promise.all(kept.map((found) => readFile(join(folder, found), 'utf8')))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return []
    throw error
  }
}

function isOfOtherLane(found: string, name: string): boolean {
  return found.startsWith(`${name}.lane-`) && /^\d+$/.test(found.slice(`${name}.lane-`.length))
}
