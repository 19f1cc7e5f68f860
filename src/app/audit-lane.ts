import { join } from 'node:path'
import type { AuditLog } from '#audit/audit-log.ts'
import { openDurableFile, openUnsyncedFile } from '#audit/durable-file.ts'
import { openFileLog } from '#audit/file-log.ts'
import type { OutboxStore } from '#audit/outbox.ts'
import { systemTimers } from '#audit/timers.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { NoteSigner } from '#crypto/note.ts'
import type { OpenedDatabase } from './database.ts'

export interface AuditLaneOptions {
  readonly opened: OpenedDatabase
  readonly dataDirectory: string
  readonly checkpointFile: string
  /** Leave a lane that start refuses; the next one's first record quotes what was found. */
  readonly newLane: boolean
  /** For a test alone: write without waiting for the disk. */
  readonly unsynced: boolean
  readonly signer: NoteSigner
  readonly outbox: OutboxStore
  readonly clock: Clock
  readonly logger: Logger
  /** The log can never go on in this process. */
  readonly onFatal: (error: unknown) => void
}

/** This process's lane of the audit log: files beside SQLite, tables on PostgreSQL. */
export async function openAuditLane(options: AuditLaneOptions): Promise<AuditLog> {
  const { opened, signer, clock, logger, checkpointFile, newLane } = options
  const common = { checkpointFile, newLane, signer, clock, timers: systemTimers, logger }
  if (opened.engine === 'postgres') {
    const { openPostgresLog } = await import('#audit/postgres-log.ts')
    return openPostgresLog({ ...common, connect: () => opened.database.openSession() })
  }
  return openFileLog({
    ...common,
    directory: join(options.dataDirectory, 'audit'),
    openFile: options.unsynced ? openUnsyncedFile : openDurableFile,
    outbox: options.outbox,
    onFatal: options.onFatal,
  })
}
