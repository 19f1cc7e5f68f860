import { openPostgresSource } from '#audit/postgres-source.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { silentLogger } from '#base/log.ts'
import { currentSchemaVersion } from '#storage/migrations/migrations.ts'
import { isDataDirectoryInUse } from '#storage/sqlite/data-directory.ts'
import { openSqliteReadOnly } from '#storage/sqlite/read-only-sqlite.ts'
import type { ServerConfig } from '../config.ts'
import { type Finding, well, wrong } from './finding.ts'
import type { InspectedDatabase } from './inspected-database.ts'

interface Checked {
  readonly finding: Finding
  /** Undefined when nothing can be read from it. */
  readonly inspected: InspectedDatabase | undefined
}

/** That the database opens, is whole, and has this program's schema. */
export async function checkDatabase(config: ServerConfig, clock: Clock): Promise<Checked> {
  try {
    return config.database.engine === 'sqlite'
      ? checkSqlite(config)
      : await checkPostgres(config, config.database.connectionString.reveal().toString('utf8'), clock)
  } catch (failure) {
    if (!(failure instanceof ServiceError)) throw failure
    return { finding: wrong(failure.message), inspected: undefined }
  }
}

function checkSqlite(config: ServerConfig): Checked {
  const use = describeUse(config)
  const database = openSqliteReadOnly(config.dataDirectory)
  try {
    const [damage] = database.findDamage()
    if (damage !== undefined) {
      database.close().catch(() => undefined)
      return { finding: wrong(`The database file is damaged (${damage}). Restore a backup.`), inspected: undefined }
    }
  } catch (failure) {
    database.close().catch(() => undefined)
    throw failure
  }
  return {
    finding: well(`The database is whole and has schema version ${currentSchemaVersion}${use}.`),
    inspected: { database, source: undefined, close: () => database.close() },
  }
}

async function checkPostgres(config: ServerConfig, connectionString: string, clock: Clock): Promise<Checked> {
  const { clientConfig, openPostgres } = await import('#storage/postgres/postgres-database.ts')
  const { loadSchemaVersion } = await import('#storage/postgres/migrate-postgres.ts')
  // Opening an empty database would give it a schema.
  if ((await loadSchemaVersion(clientConfig(connectionString))) === 0) {
    return {
      finding: wrong('The database is empty: no server has been started on it, or it is not the right one.'),
      inspected: undefined,
    }
  }
  const database = await openPostgres({
    connectionString,
    clock,
    logger: silentLogger,
    allowUnsafeDurability: config.development,
    maximumConnections: 2,
  })
  try {
    const session = await database.openSession()
    const close = async (): Promise<void> => {
      await session.close()
      await database.close()
    }
    return {
      finding: well(`The database answers and has schema version ${currentSchemaVersion}${describeUse(config)}.`),
      inspected: { database, source: openPostgresSource((sql, values) => session.query(sql, values)), close },
    }
  } catch (failure) {
    await database.close()
    throw failure
  }
}

function describeUse(config: ServerConfig): string {
  return isDataDirectoryInUse(config.dataDirectory) ? '; in use by a running server' : ''
}
