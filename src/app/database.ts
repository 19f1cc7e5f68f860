import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Database } from '#storage/database.ts'
import { openPostgres, type PostgresDatabase } from '#storage/postgres/postgres-database.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import type { ServerConfig } from './config.ts'

export type OpenedDatabase =
  | { readonly engine: 'sqlite'; readonly database: Database }
  | { readonly engine: 'postgres'; readonly database: PostgresDatabase }

/** Opens the database that the configuration names. Throws what the engine throws, each with a sentence for the operator. */
export async function openDatabase(
  config: ServerConfig,
  its: { readonly clock: Clock; readonly logger: Logger },
): Promise<OpenedDatabase> {
  if (config.database.engine === 'sqlite') {
    return { engine: 'sqlite', database: await openSqlite({ directory: config.dataDirectory, ...its }) }
  }
  const connectionString = config.database.connectionString.reveal().toString('utf8')
  return {
    engine: 'postgres',
    database: await openPostgres({ connectionString, allowUnsafeDurability: config.development, ...its }),
  }
}
