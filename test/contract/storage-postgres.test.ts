import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { TenantId } from '#base/ids.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { defineStatement, StaleDecision, type WriteScope } from '#storage/database.ts'
import { initial } from '#storage/migrations/0001-initial.ts'
import type { Migration } from '#storage/migrations/migration.ts'
import { currentSchemaVersion } from '#storage/migrations/migrations.ts'
import { migratePostgres, prepareSchema } from '#storage/postgres/migrate-postgres.ts'
import {
  clientConfig,
  openPostgres,
  type PostgresDatabase,
  type PostgresOptions,
} from '#storage/postgres/postgres-database.ts'
import { createTenant, fixedClock } from '../support/databases.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { startTransactionPooler } from '../support/transaction-pooler.ts'

const tenantDomain = defineStatement<{ domain: string }>(
  'test-tenant-domain',
  'SELECT domain FROM tenant WHERE id = $1',
)

/** How long what must come may take where the machine is slow. */
const patienceMilliseconds = 60_000

const later: Migration = {
  version: 2,
  name: 'later',
  statements: () => ['ALTER TABLE installation ADD COLUMN note text'],
}

describe('PostgreSQL', { skip: postgresMissing() }, () => {
  let server: TestPostgres
  before(async () => {
    server = await startPostgres()
  })

  function open(connectionString: string, options: Partial<PostgresOptions> = {}): Promise<PostgresDatabase> {
    return openPostgres({ connectionString, clock: fixedClock(), logger: silentLogger, ...options })
  }

  async function loadedAt(): Promise<unknown> {
    return (await server.administer('SELECT pg_conf_load_time()::text AS loaded'))[0]?.['loaded']
  }

  async function setServer(...settings: readonly string[]): Promise<void> {
    const before = await loadedAt()
    await server.administer(...settings.map((setting) => `ALTER SYSTEM ${setting}`), 'SELECT pg_reload_conf()')
    // The postmaster reads the settings some time after the signal; a new backend has what it has read.
    await eventually(async () => assert.notEqual(await loadedAt(), before))
  }

  describe('a server that could lose what was acknowledged is refused', () => {
    for (const name of ['fsync', 'full_page_writes']) {
      test(`with ${name} off, unless that is allowed`, async () => {
        const url = await server.createDatabase()
        await setServer(`SET ${name} = off`)
        try {
          await assert.rejects(open(url), {
            kind: 'precondition-failed',
            code: 'UnsafeDurability',
            message: `PostgreSQL runs with ${name}=off: a crash can lose or damage data. Turn it on.`,
          })
          await (await open(url, { allowUnsafeDurability: true })).close()
        } finally {
          await setServer(`RESET ${name}`)
        }
        await (await open(url)).close()
      })
    }

    for (const level of ['off', 'local', 'remote_write']) {
      test(`with synchronous_commit ${level}`, async () => {
        const url = await server.createDatabase()
        await server.administer(`ALTER DATABASE ${databaseOf(url)} SET synchronous_commit = ${level}`)
        await assert.rejects(open(url), {
          kind: 'precondition-failed',
          code: 'UnsafeDurability',
          message: `PostgreSQL runs with synchronous_commit=${level}: acknowledged writes can be lost. Set it to on.`,
        })
      })
    }

    test('and one without a synchronous standby is warned about', async () => {
      const warnings: string[] = []
      const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) }
      await (await open(await server.createDatabase(), { logger })).close()
      assert.deepEqual(warnings, [
        'PostgreSQL has no synchronous standby: a failover can lose acknowledged writes. Set synchronous_standby_names.',
      ])
    })
  })

  describe('a URL that leads nowhere good is refused', () => {
    test('to a pooler in transaction mode', async () => {
      const url = await server.createDatabase()
      const pooler = await startTransactionPooler(url, 3)
      try {
        await assert.rejects(open(`postgres://nobody@127.0.0.1:${pooler.port}/${databaseOf(url)}`), {
          kind: 'precondition-failed',
          code: 'TransactionPooler',
          message:
            'The database URL leads to a pooler in transaction mode, where session locks do not hold. Connect to PostgreSQL itself or to a pooler in session mode.',
        })
      } finally {
        await pooler.close()
      }
    })

    test('with a wrong password, to no database, to no server', async () => {
      const url = new URL(await server.createDatabase())
      url.password = 'wrong'
      await assert.rejects(open(url.href), {
        code: 'StorageUnavailable',
        message: 'The database refused the server’s credentials.',
      })
      await assert.rejects(open(server.url('absent')), {
        code: 'StorageUnavailable',
        message: 'The database named in the URL does not exist.',
      })
      await assert.rejects(open('postgres://nobody:x@127.0.0.1:1/none'), {
        kind: 'unavailable',
        code: 'StorageUnavailable',
        message: 'The database cannot be reached.',
        retryAfterSeconds: 5,
      })
    })
  })

  describe('schema', () => {
    test('two servers that start on one empty database both get it', async () => {
      const url = await server.createDatabase()
      const databases = await Promise.all([open(url), open(url)])
      await createTenant(databases[0])
      for (const database of databases) await database.close()
    })

    test('an older schema is left alone by a server and upgraded by a migration', async () => {
      const config = clientConfig(await server.createDatabase())
      const options = { logger: silentLogger, migrations: [initial, later] }
      const former = { logger: silentLogger, migrations: [initial] }
      assert.deepEqual(await migratePostgres(config, former), { from: 0, to: 1 })
      await assert.rejects(prepareSchema(config, options), {
        kind: 'conflict',
        code: 'SchemaTooOld',
        message: 'The database has schema version 1; this program needs 2. Run `strongroom migrate`.',
      })
      assert.deepEqual(await migratePostgres(config, options), { from: 1, to: 2 })
      assert.deepEqual(await migratePostgres(config, options), { from: 2, to: 2 })
      await prepareSchema(config, options)
    })

    test('a migration that fails changes nothing', async () => {
      const config = clientConfig(await server.createDatabase())
      const broken: Migration = {
        version: 2,
        name: 'broken',
        statements: () => ['DROP TABLE installation', 'nonsense'],
      }
      await assert.rejects(migratePostgres(config, { logger: silentLogger, migrations: [initial, broken] }))
      const whole = await migratePostgres(config, { logger: silentLogger })
      assert.deepEqual(whole, { from: 0, to: currentSchemaVersion })
    })

    test('audit rows are appended and never changed, by whatever role', async () => {
      const url = await server.createDatabase()
      const database = await open(url)
      await database.system('write', (kysely) =>
        kysely
          .insertInto('audit_record')
          .values({ lane: 0, record_index: 0, record_id: 'r', line: Buffer.from('line') })
          .execute(),
      )
      for (const change of [
        "UPDATE audit_record SET record_id = 's'",
        'DELETE FROM audit_record',
        'TRUNCATE audit_record',
        'DELETE FROM audit_checkpoint',
      ]) {
        await assert.rejects(
          database.system('write', (kysely) => sql.raw(change).execute(kysely)),
          /audit rows are never changed/,
        )
      }
      await database.close()
    })

    test('a server’s own role can do its work, but not change audit rows or the schema', async () => {
      const url = new URL(await server.createDatabase())
      await server.administer("CREATE ROLE test_server LOGIN PASSWORD 'pw'")
      await migratePostgres(clientConfig(url.href), { logger: silentLogger, serverRole: 'test_server' })
      url.username = 'test_server'
      url.password = 'pw'
      const database = await open(url.href)
      const tenant = await createTenant(database)
      await database.write({ tenant, moves: 'both' }, (writer) =>
        writer.kysely
          .insertInto('audit_outbox')
          .values({ record_id: 'r', tenant_id: tenant, lane: 0, body: '{}' })
          .execute(),
      )
      await database.system('write', async (kysely) => {
        const rows = await kysely.selectFrom('audit_outbox').selectAll().execute()
        assert.equal(rows.length, 1)
        await kysely.deleteFrom('audit_outbox').execute()
        await kysely
          .insertInto('audit_checkpoint')
          .values({ lane: 0, size: 1, note: Buffer.from('n') })
          .execute()
      })
      for (const change of ['DELETE FROM audit_checkpoint', 'DROP TABLE secret', 'DELETE FROM schema_migration']) {
        await assert.rejects(
          database.system('write', (kysely) => sql.raw(change).execute(kysely)),
          { code: '42501' },
        )
      }
      await database.close()
    })
  })

  describe('a lost connection', () => {
    let url: string
    let database: PostgresDatabase
    before(async () => {
      url = await server.createDatabase()
      database = await open(url)
    })
    after(() => database.close())

    const terminateAll = (): Promise<unknown> =>
      server.administer(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${databaseOf(url)}'`,
      )

    test('before COMMIT fails the write, which keeps nothing, and the next one works', async () => {
      const tenant = await createTenant(database)
      const write = database.write({ tenant, moves: 'generation' }, async (writer) => {
        await writer.kysely.insertInto('installation').values({ name: 'lost', value: 'x' }).execute()
        await terminateAll()
      })
      await assert.rejects(write, { kind: 'unavailable', code: 'StorageUnavailable', retryAfterSeconds: 5 })
      await eventually(() => database.ping())
      assert.deepEqual(await database.currentFreshness(tenant), { generation: 1, epoch: 1 })
      const rows = await database.system('read', (kysely) => kysely.selectFrom('installation').selectAll().execute())
      assert.deepEqual(rows, [])
    })

    test('while a query waits is unavailable, not a crash', async () => {
      const tenant = await createTenant(database)
      // Shorter than the time limit of a statement, which would end it with the same error.
      const sleeping = database.read({ tenant }, (reader) => sql`SELECT pg_sleep(9)`.execute(reader.kysely))
      const asleep = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
      await Promise.all([
        assert.rejects(sleeping, { kind: 'unavailable', code: 'StorageUnavailable' }),
        eventually(async () => assert.equal((await server.administer(asleep)).length, 1)).then(terminateAll),
      ])
      await eventually(() => database.ping())
    })

    test('tells a session once, and refuses its queries from then on', async () => {
      const session = await database.openSession()
      assert.deepEqual(await session.query('SELECT pg_try_advisory_lock($1) AS locked', [42]), [{ locked: 1 }])
      const lost = new Promise<Error>((resolve) => {
        session.onLost(resolve)
      })
      await terminateAll()
      assert.ok((await lost) instanceof Error)
      assert.equal(session.lost, true)
      await assert.rejects(session.query('SELECT 1'), { kind: 'unavailable', code: 'StorageUnavailable' })
      await session.close()
      await eventually(() => database.ping())
    })

    test('to a database that went back to an earlier state ends the service of this process', async () => {
      const other = await open(url)
      const tenant = await createTenant(other)
      await other.write({ tenant, moves: 'generation' }, () => Promise.resolve())
      await server.administer('SELECT 1')
      await database.system('write', (kysely) =>
        kysely.updateTable('tenant').set({ generation: 1 }).where('id', '=', tenant).execute(),
      )
      await terminateAll()
      const wentBack = {
        code: 'StorageUnavailable',
        message: 'The database went back to an earlier state; this server must be restarted.',
      }
      await eventually(() => assert.rejects(other.ping(), wentBack))
      await assert.rejects(
        other.read({ tenant, expected: { generation: 2, epoch: 1 } }, async (reader) =>
          reader.rows(tenantDomain, [tenant]),
        ),
        wentBack,
      )
      await other.close()
    })
  })

  describe('a commit is acknowledged only when it is certain', () => {
    describe('with a synchronous standby that does not answer', () => {
      let url: string
      let tenants: readonly [TenantId, TenantId]
      before(async () => {
        url = await server.createDatabase()
        const database = await open(url)
        tenants = [await createTenant(database), await createTenant(database)]
        await database.close()
        await setServer("SET synchronous_standby_names = 'absent'")
        await eventually(async () => assert.ok(await doesCommitWait()))
      })
      after(() => setServer('RESET synchronous_standby_names'))

      const move = (database: PostgresDatabase, tenant: TenantId): Promise<void> =>
        database.write({ tenant, moves: 'generation' }, () => Promise.resolve())
      /** Ends the waits of commits, and says how many there were. */
      const cancelWaits = async (): Promise<number> => {
        const waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        return (await server.administer(waiting)).length
      }

      /** The same again and again until the write has ended: the first to be ended may be another one's. */
      async function cancelWaitsOf(write: Promise<unknown>): Promise<number> {
        let isEnded = false
        const end = (): void => {
          isEnded = true
        }
        write.then(end, end)
        let waits = 0
        while (!isEnded) waits += await cancelWaits()
        return waits
      }

      /** The checkpointer, too, must have read the setting: until then commits wait for nobody. */
      async function doesCommitWait(): Promise<boolean> {
        const write = server.administer("SELECT pg_logical_emit_message(true, 'test', '')")
        const waits = await cancelWaitsOf(write)
        await write
        return waits > 0
      }

      test('a write is an error when its time is up', async () => {
        const database = await open(url, { statementTimeoutMilliseconds: 4000 })
        await assert.rejects(move(database, tenants[0]), { kind: 'unavailable', code: 'StorageUnavailable' })
        await eventually(async () => assert.ok((await cancelWaits()) > 0))
        await database.close()
      })

      test('a write whose wait an administrator ended is an error, although the server says COMMIT', async () => {
        const database = await open(url)
        const moved = move(database, tenants[1])
        await Promise.all([
          assert.rejects(moved, {
            kind: 'unavailable',
            code: 'StorageUnavailable',
            message: 'The write may not have reached the standby.',
          }),
          cancelWaitsOf(moved),
        ])
        await database.close()
      })
    })

    test('a transaction whose failed statement was swallowed is an error', async () => {
      const database = await open(await server.createDatabase())
      const tenant = await createTenant(database)
      const swallowed = database.write({ tenant }, async (writer) => {
        await sql`SELECT 1 / 0`.execute(writer.kysely).catch(() => undefined)
      })
      await assert.rejects(swallowed, /rolled back/)
      await database.close()
    })
  })

  describe('freshness', () => {
    test('a write that holds nothing is refused when the counters moved before its commit', async () => {
      const database = await open(await server.createDatabase())
      const tenant = await createTenant(database)
      const expected = await database.currentFreshness(tenant)
      const write = database.write({ tenant, expected }, async (writer) => {
        await writer.kysely.insertInto('installation').values({ name: 'late', value: 'x' }).execute()
        await database.write({ tenant, moves: 'generation' }, () => Promise.resolve())
      })
      await assert.rejects(write, StaleDecision)
      const rows = await database.system('read', (kysely) => kysely.selectFrom('installation').selectAll().execute())
      assert.deepEqual(rows, [])
      await database.close()
    })

    test('counters that made a decision stale are known from then on', async () => {
      const url = await server.createDatabase()
      const [database, other] = [await open(url), await open(url)]
      const tenant = await createTenant(database)
      const touch = () => other.write({ tenant, moves: 'generation' }, () => Promise.resolve())
      const writes: readonly (readonly [string, Omit<WriteScope, 'tenant' | 'expected'>, () => Promise<void>])[] = [
        ['before it began', {}, () => Promise.resolve()],
        ['before it moved them itself', { moves: 'both' }, () => Promise.resolve()],
        ['before it held them', { hold: true }, () => Promise.resolve()],
        ['before its commit', {}, touch],
      ]
      for (const [when, scope, meanwhile] of writes) {
        const expected = await database.currentFreshness(tenant)
        if (when !== 'before its commit') await touch()
        await assert.rejects(database.write({ tenant, expected, ...scope }, meanwhile), StaleDecision, when)
        assert.deepEqual(database.knownFreshness(tenant), other.knownFreshness(tenant), when)
      }
      await database.close()
      await other.close()
    })

    test('more readers than connections all finish', async () => {
      const database = await open(await server.createDatabase(), { maximumConnections: 2 })
      const tenant = await createTenant(database)
      const answers = await Promise.all(
        // Few enough that none waits for a connection as long as one may, also where one of the first is slow.
        Array.from({ length: 6 }, () =>
          database.read({ tenant }, async (reader) => {
            await reader.kysely.selectFrom('tenant').select('id').execute()
            return reader.rows(tenantDomain, [tenant])
          }),
        ),
      )
      assert.equal(answers.length, 6)
      for (const rows of answers) assert.deepEqual(rows, [{ domain: `${tenant}.test` }])
      await database.close()
    })
  })

  describe('sessions', () => {
    test('a lock taken in one session is refused to another until the first closes', async () => {
      const database = await open(await server.createDatabase())
      const first = await database.openSession()
      const second = await database.openSession()
      const tryLock = 'SELECT pg_try_advisory_lock($1) AS locked'
      assert.deepEqual(await first.query(tryLock, [7]), [{ locked: 1 }])
      assert.deepEqual(await second.query(tryLock, [7]), [{ locked: 0 }])
      await first.close()
      await eventually(async () => assert.deepEqual(await second.query(tryLock, [7]), [{ locked: 1 }]))
      await second.close()
      await database.close()
    })

    test('a transaction of a session keeps all or nothing, and nothing comes between', async () => {
      const database = await open(await server.createDatabase())
      const session = await database.openSession()
      const insert = 'INSERT INTO audit_record (lane, record_index, record_id, line) VALUES ($1, $2, $3, $4)'
      await assert.rejects(
        session.transaction(async (query) => {
          await query(insert, [0, 0, 'lost', Buffer.from('a')])
          throw new Error('no')
        }),
        /no/,
      )
      const both = session.transaction(async (query) => {
        await query(insert, [0, 0, 'first', Buffer.from([0, 255])])
        await query(insert, [0, 1, 'second', Buffer.alloc(0)])
      })
      const rows = session.query('SELECT record_index, record_id, line FROM audit_record ORDER BY record_index')
      await both
      assert.deepEqual(await rows, [
        { record_index: 0, record_id: 'first', line: Buffer.from([0, 255]) },
        { record_index: 1, record_id: 'second', line: Buffer.alloc(0) },
      ])
      await session.close()
      await database.close()
    })
  })
})

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

/** Tries until it works: a connection that was cut is noticed a moment later. */
async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + patienceMilliseconds
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await delay(50)
    }
  }
}
