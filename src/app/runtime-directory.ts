import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { sha256Hex } from '#crypto/hash.ts'

/** A folder that only this process's user may enter, for what lives as long as the server. */
export interface RuntimeDirectory {
  readonly controlSocket: string
  /** Removes the folder with all in it. */
  remove(): void
}

/** The kernel keeps a socket's path in 104 bytes (macOS) or 108 (Linux), the final zero included. */
const maximumSocketPathBytes = 100

/**
 * Makes the folder of the control socket, mode 0700: inside the data directory, or, where that path is too long for a socket,
 * in the temporary directory under a name that follows from it, so that the next start finds and clears what a killed server
 * left. Call it only while holding the data directory. Throws `malformed` / `RuntimePathTooLong`.
 */
export function openRuntimeDirectory(dataDirectory: string): RuntimeDirectory {
  const inside = join(dataDirectory, 'runtime')
  if (fits(inside)) return openAt(inside)
  const outside = join(tmpdir(), `strongroom-${sha256Hex(realpathSync(dataDirectory)).slice(0, 16)}`)
  if (!fits(outside)) {
    throw new ServiceError(
      'malformed',
      'RuntimePathTooLong',
      'No path short enough for the control socket was found. Name a shorter data directory, or set TMPDIR to one.',
    )
  }
  return openAt(outside)
}

function fits(directory: string): boolean {
  return Buffer.byteLength(socketIn(directory)) <= maximumSocketPathBytes
}

function socketIn(directory: string): string {
  return join(directory, 'control.sock')
}

function openAt(wanted: string): RuntimeDirectory {
  const directory = create(wanted)
  return {
    controlSocket: socketIn(directory),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Anybody may take a name in the temporary directory; then ours is one that nobody can foresee. */
function create(directory: string): string {
  if (isOurs(directory)) rmSync(directory, { recursive: true })
  try {
    mkdirSync(directory, { mode: 0o700 })
    return directory
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure
    return mkdtempSync(`${directory}-`)
  }
}

function isOurs(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === process.getuid?.()
}
