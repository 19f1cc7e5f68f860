import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '#base/errors.ts'
import { isBusy, toStorageError } from './sqlite-error.ts'

/** The files of the embedded engine in its data directory. */
export interface DataDirectory {
  readonly databaseFile: string
  readonly backupDirectory: string
  /** Gives the directory free for another server. */
  release(): void
}

/**
 * Makes the data directory (0700) and its files (0600) where they are missing, and takes it for this process. Throws
 * `conflict` / `DataDirectoryInUse` while another server has it, `precondition-failed` / `DataDirectoryTooOpen` when
 * other users could read it.
 */
export function takeDataDirectory(directory: string): DataDirectory {
  const lock = lockDataDirectory(directory)
  const databaseFile = join(directory, 'strongroom.sqlite')
  try {
    createPrivateFile(databaseFile)
    refuseOpenMode(databaseFile, 'database file', '600')
  } catch (error) {
    lock.release()
    throw toDirectoryError(error)
  }
  return { databaseFile, backupDirectory: join(directory, 'backups'), release: () => lock.release() }
}

/**
 * Makes the data directory (0700) where it is missing, and takes it for this process, whatever engine holds the rows. Throws
 * as `takeDataDirectory` does.
 */
export function lockDataDirectory(directory: string): { release(): void } {
  const lockFile = join(directory, 'lock.sqlite')
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    refuseOpenMode(directory, 'data directory', '700')
    createPrivateFile(lockFile)
  } catch (error) {
    throw toDirectoryError(error)
  }
  refuseOpenMode(lockFile, 'lock file', '600')
  const lock = takeLock(lockFile)
  return { release: () => lock.close() }
}

/** Whether a server has this data directory now, whatever engine holds the rows; changes nothing. */
export function isDataDirectoryInUse(directory: string): boolean {
  const lockFile = join(directory, 'lock.sqlite')
  if (!existsSync(lockFile)) return false
  const probe = new DatabaseSync(lockFile, { readOnly: true, timeout: 0 })
  try {
    probe.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw toStorageError(error)
  } finally {
    probe.close()
  }
}

/**
 * Makes an empty file that only its owner can read, unless it is there. An existing file must not be opened here: closing
 * it would drop the locks that SQLite holds on it in this process (POSIX advisory locks belong to the process).
 */
export function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** Waits until the file is on the disk. Only for files that no connection has open, as for `createPrivateFile`. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function refuseOpenMode(path: string, what: string, wanted: string): void {
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) === 0) return
  throw new ServiceError(
    'precondition-failed',
    'DataDirectoryTooOpen',
    `The ${what} is open to other users (mode ${mode.toString(8)}). Give it mode ${wanted}.`,
  )
}

/** An exclusive transaction that lives as long as the process: the kernel drops it however the process ends. */
function takeLock(lockFile: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 })
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if (!isBusy(error)) throw toStorageError(error)
    throw new ServiceError(
      'conflict',
      'DataDirectoryInUse',
      'Another Strongroom server uses this data directory. Stop it, or choose another directory.',
    )
  }
}

function toDirectoryError(error: unknown): unknown {
  if (error instanceof ServiceError) return error
  return new ServiceError(
    'precondition-failed',
    'DataDirectoryUnusable',
    'The data directory cannot be made or written to by this user.',
    { cause: error },
  )
}
