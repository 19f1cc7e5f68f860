import { lstat, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Finding, well, wrong } from './finding.ts'

const othersMask = 0o077
const shownPaths = 3
/** Sessions' folders are filled by the commands that run in them, under a folder that only their owner can enter. */
const notEntered: ReadonlySet<string> = new Set(['sessions'])

/** That nobody but the owner can read or change anything in the data directory. */
export async function checkModes(dataDirectory: string): Promise<Finding> {
  const exposed: string[] = []
  let count = 0
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path).catch(() => undefined)
    // Gone between listing and looking, as a running server's files may be.
    if (stats === undefined || stats.isSymbolicLink()) return
    count++
    const name = relative(dataDirectory, path)
    const wanted = stats.isDirectory() ? '700' : '600'
    if ((stats.mode & othersMask) !== 0) {
      exposed.push(`'${name || '.'}' has mode ${(stats.mode & 0o777).toString(8)}, not ${wanted}`)
    } else if (stats.uid !== process.geteuid?.()) {
      exposed.push(`'${name || '.'}' belongs to another user`)
    }
    if (!stats.isDirectory() || notEntered.has(name)) return
    for (const child of await readdir(path)) await visit(join(path, child))
  }
  await visit(dataDirectory)
  if (count === 0) return wrong('There is no data directory here. Start a server on it first.')
  if (exposed.length === 0) return well(`The data directory and the ${count - 1} entries in it are its owner's alone.`)
  const more = exposed.length > shownPaths ? `, and ${exposed.length - shownPaths} more` : ''
  return wrong(`In the data directory, ${exposed.slice(0, shownPaths).join('; ')}${more}. Others may have read it.`)
}
