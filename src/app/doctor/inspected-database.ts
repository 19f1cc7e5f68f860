import type { LogSource } from '#audit/log-source.ts'
import type { Database } from '#storage/database.ts'

/** An installation's database, opened so that looking changes nothing. */
export interface InspectedDatabase {
  readonly database: Database
  /** The audit log, where it is in the database. */
  readonly source: LogSource | undefined
  close(): Promise<void>
}
