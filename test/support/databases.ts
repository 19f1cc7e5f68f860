/** Every storage engine, for contract suites: the same tests run on each. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import type { Database } from '#storage/database.ts'
import { openPostgres } from '#storage/postgres/postgres-database.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { createDatabase, postgresMissing } from './postgres.ts'

export interface OpenEngine {
  readonly database: Database
  /** Closes the database and removes what it left. */
  close(): Promise<void>
}

export interface EngineOptions {
  /** `fixedClock()` if left out. */
  readonly clock?: Clock
}

export interface EngineUnderTest {
  readonly name: 'sqlite' | 'postgres'
  /** For `{ skip }`: why the engine cannot run here, or false. */
  readonly skip: string | false
  /** A new, empty database with its schema. */
  open(options?: EngineOptions): Promise<OpenEngine>
}

export const engines: readonly EngineUnderTest[] = [
  { name: 'sqlite', skip: false, open: openTestSqlite },
  { name: 'postgres', skip: postgresMissing(), open: openTestPostgres },
]

/** Stands still at a known time, 2026-11-01T12:00:00Z unless told. */
export function fixedClock(time = '2026-11-01T12:00:00Z'): Clock {
  return { now: () => new Date(time), monotonicMilliseconds: () => 0 }
}

/** A tenant of its own for one test, with both counters at 1. */
export async function createTenant(database: Database): Promise<TenantId> {
  const id = trustGuid<TenantId>(randomGuid())
  await database.system('write', (kysely) =>
    kysely
      .insertInto('tenant')
      .values({ id, display_name: 'Test', domain: `${id}.test`, generation: 1, epoch: 1, created_at: 0 })
      .execute(),
  )
  return id
}

async function openTestSqlite(options: EngineOptions = {}): Promise<OpenEngine> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
  const database = await openSqlite({ directory, clock: options.clock ?? fixedClock(), logger: silentLogger })
  return {
    database,
    async close() {
      await database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function openTestPostgres(options: EngineOptions = {}): Promise<OpenEngine> {
  const database = await openPostgres({
    connectionString: await createDatabase(),
    clock: options.clock ?? fixedClock(),
    logger: silentLogger,
  })
  return { database, close: () => database.close() }
}
