import { close, constants, fdatasync, fsync, ftruncate, open, write } from 'node:fs'
import { platform } from 'node:os'
import { promisify } from 'node:util'

const openPath = promisify(open)
const closeDescriptor = promisify(close)
const syncDescriptor = promisify(fsync)
const syncDescriptorData = promisify(fdatasync)
const truncateDescriptor = promisify(ftruncate)

/** A file whose writes are durable when they resolve. */
export interface DurableFile {
  /** Writes all of `bytes` at `position`: one system call, unless the system takes only a part of it. */
  write(bytes: Buffer, position: number): Promise<void>
  /** Cuts the file; durable when it resolves. */
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/** Opens a file for writing; `create` makes it (mode 0600) and fails if it is there. */
export type OpenDurableFile = (path: string, create: boolean) => Promise<DurableFile>

/**
 * Whether a write that was acknowledged by the system is on the disk: with O_DSYNC on Linux. Elsewhere the flag is absent
 * or means less, so each write is followed by a sync.
 */
const writesAreDurable = platform() === 'linux'

/** Files on this machine's disks; writes run on the thread pool, so that a slow disk costs latency alone. */
export const openDurableFile: OpenDurableFile = (path, create) =>
  openFile(path, create, writesAreDurable ? constants.O_DSYNC : 0)

/** Files whose writes wait for nothing: what a test must be able to tell from the durable ones. Never for a log that counts. */
export const openUnsyncedFile: OpenDurableFile = (path, create) => openFile(path, create, 0)

async function openFile(path: string, create: boolean, syncFlag: number): Promise<DurableFile> {
  const flags = constants.O_WRONLY | syncFlag | (create ? constants.O_CREAT | constants.O_EXCL : 0)
  const descriptor = await openPath(path, flags, 0o600)
  return {
    async write(bytes, position) {
      await writeWhole(descriptor, bytes, position)
      if (!writesAreDurable) await syncDescriptor(descriptor)
    },
    async truncate(length) {
      await truncateDescriptor(descriptor, length)
      await syncDescriptorData(descriptor)
    },
    close: () => closeDescriptor(descriptor),
  }
}

function writeWhole(descriptor: number, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    function step(done: number): void {
      write(descriptor, bytes, done, bytes.length - done, position + done, (error, written) => {
        if (error !== null) reject(error)
        else if (done + written === bytes.length) resolve()
        else step(done + written)
      })
    }
    step(0)
  })
}

/** A directory that is held open, so that syncing it needs no descriptor that may be gone by then. */
export interface DurableDirectory {
  /** Makes the directory's entries durable: files made, renamed or removed in it. */
  sync(): Promise<void>
  close(): Promise<void>
}

export async function openDirectory(path: string): Promise<DurableDirectory> {
  const descriptor = await openPath(path, constants.O_RDONLY)
  return { sync: () => syncDescriptor(descriptor), close: () => closeDescriptor(descriptor) }
}

/** The same for a directory that is not held open. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await openDirectory(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** The system's error code (`ENOSPC`), or '' for other errors. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const fullDiskCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
const usedUpFilesCodes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE'])

/**
 * Whether an error of a write or an opening can pass: the disk or the quota is full, or no more files can be opened. After any
 * other the disk's content is in doubt.
 */
export function isPassing(error: unknown): boolean {
  return fullDiskCodes.has(systemErrorCode(error)) || areFilesUsedUp(error)
}

/** Whether an error says that the process or the system can open no more files. */
export function areFilesUsedUp(error: unknown): boolean {
  return usedUpFilesCodes.has(systemErrorCode(error))
}
