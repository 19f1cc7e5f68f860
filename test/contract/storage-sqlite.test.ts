import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { silentLogger } from '#base/log.ts'
import type { Database } from '#storage/database.ts'
import { initial } from '#storage/migrations/0001-initial.ts'
import type { Migration } from '#storage/migrations/migration.ts'
import { type DataDirectory, takeDataDirectory } from '#storage/sqlite/data-directory.ts'
import { migrateSqlite } from '#storage/sqlite/migrate-sqlite.ts'
import { SqliteConnection } from '#storage/sqlite/sqlite-connection.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { createTenant, fixedClock } from '../support/databases.ts'

describe('the SQLite data directory', () => {
  let parent: string
  let directory: string
  const open = (): Promise<Database> => openSqlite({ directory, clock: fixedClock(), logger: silentLogger })

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
    directory = join(parent, 'home', 'data')
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  test('is made for its owner alone, and so is every file in it', async () => {
    const database = await open()
    await createTenant(database)
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    const files = readdirSync(directory)
    assert.deepEqual(files.toSorted(), [
      'lock.sqlite',
      'strongroom.sqlite',
      'strongroom.sqlite-shm',
      'strongroom.sqlite-wal',
    ])
    for (const file of files) assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file)
    await database.close()
  })

  test('is refused when other users can enter it', async () => {
    await (await open()).close()
    chmodSync(directory, 0o750)
    await assert.rejects(open(), {
      kind: 'precondition-failed',
      code: 'DataDirectoryTooOpen',
      message: 'The data directory is open to other users (mode 750). Give it mode 700.',
    })
    chmodSync(directory, 0o700)
    await (await open()).close()
  })

  test('is refused when other users can read the database', async () => {
    await (await open()).close()
    chmodSync(join(directory, 'strongroom.sqlite'), 0o644)
    await assert.rejects(open(), {
      code: 'DataDirectoryTooOpen',
      message: 'The database file is open to other users (mode 644). Give it mode 600.',
    })
  })

  test('is refused to a second server in this process, and free again after the first closed', async () => {
    const first = await open()
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(open(), {
        kind: 'conflict',
        code: 'DataDirectoryInUse',
        message: 'Another Strongroom server uses this data directory. Stop it, or choose another directory.',
      })
    }
    await createTenant(first)
    await first.close()
    await (await open()).close()
  })

  test('is refused to a second server in another process, also after a refused one in this process', async () => {
    const first = await open()
    await assert.rejects(open(), { code: 'DataDirectoryInUse' })
    const other = spawnSync(process.execPath, ['--input-type=module', '-e', openInChild], {
      env: { ...process.env, DIRECTORY: directory },
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    })
    assert.equal(other.stdout.trim(), 'DataDirectoryInUse', other.stderr)
    await first.close()
  })

  test('that is not a directory is refused with a sentence', async () => {
    await (await open()).close()
    rmSync(directory, { recursive: true })
    writeFileSync(directory, '')
    await assert.rejects(open(), { kind: 'precondition-failed', code: 'DataDirectoryUnusable' })
  })

  test('with a damaged database is refused with a sentence, and stays free', async () => {
    await (await open()).close()
    writeFileSync(join(directory, 'strongroom.sqlite'), Buffer.alloc(8192, 7))
    const damaged = {
      code: 'StorageCorrupt',
      message: 'The database file is damaged. Stop the server and restore a backup.',
    }
    await assert.rejects(open(), damaged)
    await assert.rejects(open(), damaged)
  })

  test('keeps no backup for a new database', async () => {
    await (await open()).close()
    assert.equal(existsSync(join(directory, 'backups')), false)
  })
})

describe('a SQLite upgrade', () => {
  const options = { clock: fixedClock('2026-11-02T03:04:05Z'), logger: silentLogger }
  let parent: string
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  /** Makes a database of the first version with one row, then migrates it to version 2 by `statements`. */
  function upgrade(statements: readonly string[]): { directory: DataDirectory; connection: SqliteConnection } {
    const directory = takeDataDirectory(parent)
    const connection = new SqliteConnection(directory.databaseFile, { readOnly: false })
    migrateSqlite(connection, directory, { ...options, migrations: [initial] })
    connection.query('INSERT INTO installation (name, value) VALUES (?, ?)', ['kept', 'yes'])
    const later: Migration = { version: 2, name: 'later', statements: () => statements }
    try {
      migrateSqlite(connection, directory, { ...options, migrations: [initial, later] })
      return { directory, connection }
    } catch (error) {
      connection.close()
      directory.release()
      throw error
    }
  }

  test('leaves a backup of the database as it was, for its owner alone', () => {
    const { directory, connection } = upgrade(["UPDATE installation SET value = 'changed'"])
    assert.deepEqual(connection.query('SELECT value FROM installation').rows, [{ value: 'changed' }])
    assert.deepEqual(connection.query('SELECT max(version) AS version FROM schema_migration').rows, [{ version: 2 }])
    const file = join(parent, 'backups', 'before-upgrade-from-1-2026-11-02T03-04-05.000Z.sqlite')
    assert.equal(statSync(join(parent, 'backups')).mode & 0o777, 0o700)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const backup = new SqliteConnection(file, { readOnly: true })
    assert.deepEqual(backup.query('SELECT value FROM installation').rows, [{ value: 'yes' }])
    assert.deepEqual(backup.query('SELECT max(version) AS version FROM schema_migration').rows, [{ version: 1 }])
    for (const opened of [backup, connection]) opened.close()
    directory.release()
  })

  test('that fails changes nothing', () => {
    assert.throws(() => upgrade(['DELETE FROM installation', 'nonsense']))
    const connection = new SqliteConnection(join(parent, 'strongroom.sqlite'), { readOnly: true })
    assert.deepEqual(connection.query('SELECT value FROM installation').rows, [{ value: 'yes' }])
    assert.deepEqual(connection.query('SELECT max(version) AS version FROM schema_migration').rows, [{ version: 1 }])
    connection.close()
  })
})

describe('SQLite on a full disk', () => {
  test('answers unavailable, keeps nothing of the failed write, and works again when there is space', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
    const database = await openSqlite({ directory, clock: fixedClock(), logger: silentLogger })
    try {
      const tenant = await createTenant(database)
      const limitPages = (count: number): Promise<unknown> =>
        database.system('write', (kysely) => sql.raw(`PRAGMA max_page_count = ${count}`).execute(kysely))
      const addLarge = (name: string): Promise<unknown> =>
        database.write({ tenant, moves: 'generation' }, (writer) =>
          writer.kysely
            .insertInto('domain_key')
            .values({ id: name, domain: name, kek_id: 'k', sealed: Buffer.alloc(1_000_000), created_at: 0 })
            .execute(),
        )
      // SQLite never sets the limit below the present size.
      await limitPages(1)
      await assert.rejects(addLarge('lost'), {
        kind: 'unavailable',
        code: 'StorageUnavailable',
        message: 'The disk of the database is full.',
      })
      assert.deepEqual(database.knownFreshness(tenant), { generation: 1, epoch: 1 })
      await database.ping()
      await limitPages(1_000_000)
      await addLarge('kept')
      const rows = await database.read({ tenant }, (reader) =>
        reader.kysely.selectFrom('domain_key').select('id').execute(),
      )
      assert.deepEqual(rows, [{ id: 'kept' }])
      assert.deepEqual(database.knownFreshness(tenant), { generation: 2, epoch: 1 })
    } finally {
      await database.close()
      rmSync(directory, { recursive: true })
    }
  })
})

describe('SQLite settings', () => {
  test('every commit is synced, deleted rows are overwritten, and references hold', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
    const database = await openSqlite({ directory, clock: fixedClock(), logger: silentLogger })
    try {
      const settings = await database.system('write', async (kysely) => {
        const values: Record<string, unknown> = {}
        for (const name of ['journal_mode', 'synchronous', 'secure_delete', 'foreign_keys', 'temp_store']) {
          Object.assign(values, (await sql.raw<object>(`PRAGMA ${name}`).execute(kysely)).rows[0])
        }
        return values
      })
      assert.deepEqual(settings, {
        journal_mode: 'wal',
        synchronous: 2,
        secure_delete: 1,
        foreign_keys: 1,
        temp_store: 2,
      })
    } finally {
      await database.close()
    }
    const file = new DatabaseSync(join(directory, 'strongroom.sqlite'))
    assert.deepEqual({ ...file.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    file.close()
    rmSync(directory, { recursive: true })
  })
})

const openInChild = `
import { silentLogger } from '#base/log.ts'
import { systemClock } from '#base/clock.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
await openSqlite({ directory: process.env.DIRECTORY, clock: systemClock, logger: silentLogger }).then(
  () => console.log('opened'),
  (error) => console.log(error.code),
)
`
