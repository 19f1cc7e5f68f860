import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '#base/log.ts'
import { systemErrorCode } from './durable-file.ts'
import { writeDurably } from './lane-directory.ts'
import type { Timers } from './timers.ts'

/**
 * The second place a lane's checkpoints go to, outside the data directory: a file that is never ahead of an intact log, so
 * a log that is behind it has lost records.
 */
export interface CheckpointPlace {
  /** The note kept there, or undefined for none yet. */
  load(): Promise<string | undefined>
  /** Puts the newest checkpoint there soon; only the newest counts. Call it only with notes that are durable in the log. */
  offer(note: string): void
  /** Writes what was offered last, and stops. */
  close(): Promise<void>
}

export interface CheckpointFileOptions {
  /** The file of lane 0; the files of other lanes are beside it. Its folder is made if absent. */
  readonly path: string
  readonly lane: number
  readonly timers: Timers
  readonly logger: Logger
}

/** The checkpoint file follows the log within this time. */
const minimumGapMilliseconds = 100

/** A checkpoint place that is one file, replaced as a whole. A failure to write it is logged and tried with the next note. */
export function openCheckpointFile(options: CheckpointFileOptions): CheckpointPlace {
  const path = options.lane === 0 ? options.path : `${options.path}.lane-${options.lane}`
  let newest: string | undefined
  let written: string | undefined
  let writing: Promise<void> | undefined
  let cancel: (() => void) | undefined

  async function write(): Promise<void> {
    const note = newest
    if (note === undefined || note === written) return
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeDurably(`${path}.new`, path, Buffer.from(note, 'utf8'))
      written = note
    } catch (cause) {
      options.logger.error('The audit checkpoint could not be written to its second place.', {
        code: systemErrorCode(cause),
      })
    }
  }

  function start(): void {
    if (writing !== undefined || cancel !== undefined) return
    writing = write().then(() => {
      writing = undefined
      cancel = options.timers.after(minimumGapMilliseconds, () => {
        cancel = undefined
        if (newest !== written) start()
      })
    })
  }

  return {
    async load() {
      try {
        return await readFile(path, 'utf8')
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return undefined
        throw error
      }
    },
    offer(note) {
      newest = note
      start()
    },
    async close() {
      await writing
      cancel?.()
      await write()
    },
  }
}
