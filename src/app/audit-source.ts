import type { LogSource } from '#audit/log-source.ts'
import { openPostgresSource } from '#audit/postgres-source.ts'
import { openLogSource } from '#audit/verify.ts'
import { clientConfig } from '#storage/postgres/postgres-database.ts'
import { openPostgresSession } from '#storage/postgres/session.ts'
import { parseServerConfig } from './config.ts'

export interface AuditSourceOptions {
  readonly dataDirectory: string
  /** A file of mode 0600 with the address of the database, for a server on PostgreSQL. */
  readonly databaseUrlFile?: string | undefined
}

/** A log to read from, and what to call when done. */
export interface OpenedAuditSource {
  readonly source: LogSource
  close(): Promise<void>
}

/**
 * Opens an installation's audit log for reading, beside a running server or without one: the files of the data directory,
 * or the tables of PostgreSQL. Throws `not-found` / `AuditLogNotFound`, `malformed` / `InvalidConfiguration`,
 * `unavailable` / `StorageUnavailable`.
 */
export async function openAuditSource(options: AuditSourceOptions): Promise<OpenedAuditSource> {
  const { database, dataDirectory } = parseServerConfig({ ...options, passThrough: true, development: false })
  if (database.engine === 'sqlite') {
    return { source: await openLogSource(dataDirectory), close: () => Promise.resolve() }
  }
  const session = await openPostgresSession(clientConfig(database.connectionString.reveal().toString('utf8')))
  return {
    source: openPostgresSource((sql, parameters) => session.query(sql, parameters)),
    close: () => session.close(),
  }
}
