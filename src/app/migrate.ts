import { ServiceError } from '#base/errors.ts'
import { migratePostgres } from '#storage/postgres/migrate-postgres.ts'
import { clientConfig } from '#storage/postgres/postgres-database.ts'
import { parseServerConfig, type ServeFlags } from './config.ts'
import { createLogger } from './logger.ts'

/**
 * Brings the schema of a PostgreSQL database up to date, run with a role that owns it; `serverRole` is then given what a server needs
 * and no right to change audit rows. Throws `malformed` / `InvalidConfiguration` for SQLite, which migrates itself at start.
 */
export async function migrateDatabase(
  flags: ServeFlags,
  serverRole: string | undefined,
): Promise<{ readonly from: number; readonly to: number }> {
  const { database } = parseServerConfig(flags)
  if (database.engine === 'sqlite') {
    throw new ServiceError(
      'malformed',
      'InvalidConfiguration',
      '--database-url-file or --database must name a PostgreSQL database; SQLite is brought up to date at start.',
      { target: '--database' },
    )
  }
  return migratePostgres(clientConfig(database.connectionString.reveal().toString('utf8')), {
    logger: createLogger({ level: 'warn' }),
    ...(serverRole === undefined ? {} : { serverRole }),
  })
}
