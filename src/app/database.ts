import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Database } from '#storage/database.ts'
import type { PostgresDatabase } from '#storage/postgres/postgres-database.ts'
import { lockDataDirectory } from '#storage/sqlite/data-directory.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import type { ServerConfig } from './config.ts'

export type OpenedDatabase = (
  | { readonly engine: 'sqlite'; readonly database: Database }
  | { readonly engine: 'postgres'; readonly database: PostgresDatabase }
) & {
  /** Closes the database and gives the data directory free for another server. */
  close(): Promise<void>
}

/**
 * Takes the data directory for this process and opens the database that the configuration names. Throws what the engine
 * throws, each with a sentence for the operator.
 */
export async function openDatabase(
  config: ServerConfig,
  its: { readonly clock: Clock; readonly logger: Logger },
): Promise<OpenedDatabase> {
  if (config.database.engine === 'sqlite') {
    const database = await openSqlite({ directory: config.dataDirectory, ...its })
    return { engine: 'sqlite', database, close: () => database.close() }
  }
  // Sessions, the run file and the second place of checkpoints are one server's, wherever its rows are.
  const directory = lockDataDirectory(config.dataDirectory)
  try {
    // Loaded only where it is used: the driver would cost an embedded server a tenth of its start and memory.
    const { openPostgres } = await import('#storage/postgres/postgres-database.ts')
    const connectionString = config.database.connectionString.reveal().toString('utf8')
    const allowUnsafeDurability = config.development
    const database = await openPostgres({ connectionString, allowUnsafeDurability, ...its })
    const close = async (): Promise<void> => {
      await database.close()
      directory.release()
    }
    return { engine: 'postgres', database, close }
  } catch (failure) {
    directory.release()
    throw failure
  }
}
