import { constants, type Stats } from 'node:fs'
import { link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { randomHex } from '#base/random.ts'

const maximumBytes = 4096
const othersMask = 0o077

/**
 * The bytes of a file that only this process's user may read, or undefined where there is none. `label` is what a refusal
 * calls it. Throws `internal` / `KeyEncryptionKeyExposed` for a file that others may touch, or a symbolic link, and
 * `KeyEncryptionKeyDamaged` for what is no regular file, too large, or cannot be read.
 */
export async function readPrivateFile(path: string, label: string): Promise<Buffer | undefined> {
  // O_NONBLOCK: opening a pipe must not wait for its writer before it is refused.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return undefined
    if (hasCode(cause, 'ELOOP')) throw exposed(`The ${label} is a symbolic link. Name the file itself.`)
    throw damaged(`The ${label} cannot be read.`, cause)
  })
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > maximumBytes) {
      throw damaged(`The ${label} must be a regular file of at most ${maximumBytes} bytes.`)
    }
    refuseOthers(stats, label, '600')
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/**
 * Throws `internal` / `KeyEncryptionKeyExposed` unless the folder that holds `path` is closed to all but this process's user.
 */
export async function checkPrivateFolder(path: string, label: string): Promise<void> {
  const stats = await stat(dirname(path)).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return undefined
    throw damaged(`The folder of the ${label} cannot be read.`, cause)
  })
  if (stats !== undefined) refuseOthers(stats, `folder of the ${label}`, '700')
}

/**
 * Creates a file of mode 0600, and its folder of mode 0700 where that is missing; durable when it resolves. Gives false,
 * and changes nothing, when the file is already there. Two callers at once: one creates, and the other sees the whole file.
 */
export async function createPrivateFile(path: string, label: string, contents: string): Promise<boolean> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await checkPrivateFolder(path, label)
  const draft = join(folder, `.${basename(path)}.${randomHex(8)}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(contents)
    await file.sync()
    // Unlike a rename, a link never replaces a key that somebody else has just made.
    await link(draft, path)
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return false
    throw cause
  } finally {
    await file.close()
    await unlink(draft)
  }
  await syncFolder(folder)
  return true
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function refuseOthers(stats: Stats, what: string, mode: string): void {
  if (stats.uid !== process.geteuid?.()) {
    throw exposed(`The ${what} belongs to another user than the one this server runs as. Change its owner.`)
  }
  if ((stats.mode & othersMask) !== 0) {
    const found = (stats.mode & 0o777).toString(8)
    throw exposed(
      `The ${what} has mode ${found}, so that other users may have used it. Set mode ${mode}, and change the key if they have.`,
    )
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}

function exposed(message: string): ServiceError {
  return new ServiceError('internal', 'KeyEncryptionKeyExposed', message)
}

function damaged(message: string, cause?: unknown): ServiceError {
  return new ServiceError('internal', 'KeyEncryptionKeyDamaged', message, { cause })
}
