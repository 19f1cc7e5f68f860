import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { ServiceError } from '#base/errors.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import {
  type Database,
  defineStatement,
  type Freshness,
  type Reader,
  StaleDecision,
  UniqueViolation,
  type Writer,
} from '#storage/database.ts'
import { currentSchemaVersion } from '#storage/migrations/migrations.ts'
import { openPostgres } from '#storage/postgres/postgres-database.ts'
import type { Schema } from '#storage/schema.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { createTenant, fixedClock } from '../support/databases.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'

/** One database that can be opened again, and changed behind the engine's back. */
interface Store {
  open(): Promise<Database>
  /** Runs SQL on the store itself. SQLite: only while it is not open. */
  tamper(statement: string): Promise<void>
  remove(): void
}

const stores: readonly { name: string; skip: string | false; readonly make: () => Promise<Store> }[] = [
  { name: 'sqlite', skip: false, make: makeSqliteStore },
  { name: 'postgres', skip: postgresMissing(), make: makePostgresStore },
]

const groupsByName = defineStatement<{ name: string; location: string }>(
  'test-groups-by-name',
  'SELECT name, location FROM resource_group WHERE tenant_id = $1 AND name <> $2 ORDER BY name DESC',
)
const domainKey = defineStatement<{ id: string; sealed: Buffer; created_at: number }>(
  'test-domain-key',
  'SELECT id, sealed, created_at FROM domain_key WHERE id = $1',
)
const swapped = defineStatement<{ second: string; first: string; again: string }>(
  'test-swapped-parameters',
  `SELECT name AS second, location AS first, name AS again FROM resource_group
    WHERE tenant_id = $3 AND name = $2 AND location = $1 AND name = $2`,
)

for (const { name, skip, make } of stores) {
  describe(`storage on ${name}`, { skip }, () => {
    let store: Store
    let database: Database

    before(async () => {
      store = await make()
      database = await store.open()
    })
    after(async () => {
      await database.close()
      store.remove()
    })

    describe('freshness', () => {
      test('a moving write gives the next number and leaves its writer at the old one', async () => {
        const tenant = await createTenant(database)
        const seen = await database.write({ tenant, moves: 'both' }, async (writer) => writer.freshness)
        assert.deepEqual(seen, { generation: 1, epoch: 1 })
        assert.deepEqual(database.knownFreshness(tenant), { generation: 2, epoch: 2 })
        await database.write({ tenant, moves: 'epoch', expected: { generation: 2, epoch: 2 } }, nothing)
        assert.deepEqual(await database.currentFreshness(tenant), { generation: 2, epoch: 3 })
      })

      test('a write that moves nothing leaves the counters', async () => {
        const tenant = await createTenant(database)
        await database.write({ tenant, expected: { generation: 1, epoch: 1 } }, (writer) => addGroup(writer, 'a'))
        assert.deepEqual(await database.currentFreshness(tenant), { generation: 1, epoch: 1 })
      })

      test('a failed moving write leaves the counters', async () => {
        const tenant = await createTenant(database)
        const failure = new Error('the handler failed')
        await assert.rejects(
          database.write({ tenant, moves: 'generation' }, () => Promise.reject(failure)),
          failure,
        )
        assert.deepEqual(await database.currentFreshness(tenant), { generation: 1, epoch: 1 })
        await database.write({ tenant, moves: 'generation', expected: { generation: 1, epoch: 1 } }, nothing)
        assert.deepEqual(database.knownFreshness(tenant), { generation: 2, epoch: 1 })
      })

      test('rows are refused once the counters have moved', async () => {
        const tenant = await createTenant(database)
        const stale = database.read({ tenant, expected: { generation: 1, epoch: 1 } }, async (reader) => {
          assert.deepEqual(await reader.rows(groupsByName, [tenant, '']), [])
          await database.write({ tenant, moves: 'epoch' }, (writer) => addGroup(writer, 'a'))
          return reader.rows(groupsByName, [tenant, ''])
        })
        await rejectsStale(stale, { generation: 1, epoch: 2 })
      })

      test('the query builder is refused once the counters have moved', async () => {
        const tenant = await createTenant(database)
        const stale = database.read({ tenant }, async (reader) => {
          await database.write({ tenant, moves: 'generation' }, (writer) => addGroup(writer, 'a'))
          return groupNames(reader)
        })
        await rejectsStale(stale, { generation: 2, epoch: 1 })
      })

      test('a read or a write on an old decision is refused, and the write changes nothing', async () => {
        const tenant = await createTenant(database)
        const old = await database.currentFreshness(tenant)
        await database.write({ tenant, moves: 'generation' }, nothing)
        const now = { generation: 2, epoch: 1 }
        await rejectsStale(
          database.read({ tenant, expected: old }, async (reader) => reader.rows(groupsByName, [tenant, ''])),
          now,
        )
        await rejectsStale(database.read({ tenant, expected: old, consistency: 'snapshot' }, groupNames), now)
        for (const scope of [{}, { moves: 'generation' as const }, { hold: true }]) {
          await rejectsStale(
            database.write({ tenant, expected: old, ...scope }, (writer) => addGroup(writer, 'a')),
            now,
          )
        }
        assert.deepEqual(await database.read({ tenant }, groupNames), [])
      })

      test('of two moving writes on one decision exactly one commits', async () => {
        const tenant = await createTenant(database)
        const expected = await database.currentFreshness(tenant)
        const outcomes = await Promise.allSettled(
          ['a', 'b'].map((group) =>
            database.write({ tenant, expected, moves: 'generation' }, async (writer) => {
              assert.deepEqual(await groupNames(writer), [])
              await addGroup(writer, group)
            }),
          ),
        )
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
        assert.equal(refused.length, 1)
        assert.ok(refused[0]?.reason instanceof StaleDecision)
        assert.equal((await database.read({ tenant }, groupNames)).length, 1)
        assert.deepEqual(await database.currentFreshness(tenant), { generation: 2, epoch: 1 })
      })

      test('a held tenant cannot move until the holder has committed', async () => {
        const tenant = await createTenant(database)
        const order: string[] = []
        let moving: Promise<void> | undefined
        await database.write({ tenant, hold: true }, async (writer) => {
          moving = database.write({ tenant, moves: 'generation' }, nothing).then(() => {
            order.push('moved')
          })
          for (let round = 0; round < 20; round++) await addGroup(writer, `g${round}`)
          order.push('held')
        })
        await moving
        assert.deepEqual(order, ['held', 'moved'])
      })

      test('1,000 alternations of a moving write, read elsewhere with a warm cache, are never stale', async () => {
        const other = name === 'postgres' ? await store.open() : database
        try {
          const tenant = await createTenant(database)
          let cached = { freshness: await other.currentFreshness(tenant), granted: false }
          let refused = 0
          for (let round = 1; round <= 1000; round++) {
            const granted = round % 2 === 1
            await database.write({ tenant, moves: 'generation' }, async (writer) => {
              if (granted) await addGroup(writer, 'granted')
              else await removeGroup(writer, 'granted')
            })
            try {
              await other.read({ tenant, expected: cached.freshness }, async (reader) =>
                reader.rows(groupsByName, [tenant, '']),
              )
            } catch (error) {
              assert.ok(error instanceof StaleDecision)
              refused++
              const rows = await other.read({ tenant, expected: error.current }, async (reader) =>
                reader.rows(groupsByName, [tenant, '']),
              )
              cached = { freshness: error.current, granted: rows.length === 1 }
            }
            assert.equal(cached.granted, granted, `round ${round}`)
          }
          assert.equal(refused, 1000)
        } finally {
          if (other !== database) await other.close()
        }
      })

      test('an unknown tenant has no counters, no reads and no writes', async () => {
        const tenant = trustGuid<TenantId>(randomGuid())
        assert.equal(database.knownFreshness(tenant), undefined)
        const missing = { kind: 'not-found', code: 'TenantNotFound' }
        const expected = { generation: 1, epoch: 1 }
        await assert.rejects(database.currentFreshness(tenant), missing)
        await assert.rejects(
          database.read({ tenant, expected }, async (reader) => reader.rows(groupsByName, [tenant, ''])),
          missing,
        )
        await assert.rejects(database.read({ tenant, consistency: 'snapshot' }, groupNames), missing)
        await assert.rejects(database.write({ tenant, moves: 'epoch' }, nothing), missing)
      })
    })

    describe('transactions', () => {
      test('a write that throws keeps nothing, one that resolves keeps everything', async () => {
        const tenant = await createTenant(database)
        await assert.rejects(
          database.write({ tenant }, async (writer) => {
            await addGroup(writer, 'lost')
            assert.deepEqual(await groupNames(writer), ['lost'])
            throw new Error('changed my mind')
          }),
          /changed my mind/,
        )
        await database.write({ tenant }, (writer) => addGroup(writer, 'kept'))
        assert.deepEqual(await database.read({ tenant }, groupNames), ['kept'])
      })

      test('a reader does not see an open write', async () => {
        const tenant = await createTenant(database)
        await database.write({ tenant }, async (writer) => {
          await addGroup(writer, 'a')
          assert.deepEqual(await database.read({ tenant }, groupNames), [])
          assert.deepEqual(
            await database.read({ tenant }, async (reader) => reader.rows(groupsByName, [tenant, ''])),
            [],
          )
          assert.equal((await writer.rows(groupsByName, [tenant, ''])).length, 1)
        })
      })

      test('a snapshot keeps one state and its freshness while others write', async () => {
        const tenant = await createTenant(database)
        await database.write({ tenant }, (writer) => addGroup(writer, 'a'))
        await database.read({ tenant, consistency: 'snapshot' }, async (reader) => {
          assert.deepEqual(await groupNames(reader), ['a'])
          await database.write({ tenant, moves: 'both' }, (writer) => addGroup(writer, 'b'))
          assert.deepEqual(await groupNames(reader), ['a'])
          assert.deepEqual(await reader.rows(groupsByName, [tenant, '']), [{ name: 'a', location: 'here' }])
          assert.deepEqual(reader.freshness, { generation: 1, epoch: 1 })
        })
        assert.deepEqual(await database.read({ tenant, consistency: 'snapshot' }, groupNames), ['a', 'b'])
      })

      test('a writer or a snapshot that outlives its transaction is refused', async () => {
        const tenant = await createTenant(database)
        const writer = await database.write({ tenant }, (escaped) => Promise.resolve(escaped))
        const reader = await database.read({ tenant, consistency: 'snapshot' }, (escaped) => Promise.resolve(escaped))
        for (const escaped of [writer, reader]) {
          await assert.rejects(async () => escaped.rows(groupsByName, [tenant, '']), /transaction has ended/)
          await assert.rejects(async () => groupNames(escaped), /transaction has ended/)
        }
        await assert.rejects(async () => addGroup(writer, 'late'), /transaction has ended/)
        assert.deepEqual(await database.read({ tenant }, groupNames), [])
      })

      test('a transaction cannot be opened past the database', async () => {
        const tenant = await createTenant(database)
        await assert.rejects(
          database.write({ tenant }, (writer) => writer.kysely.transaction().execute(() => Promise.resolve())),
          /opened by Database/,
        )
      })

      test('a second row with the same key is a unique violation, and the write keeps nothing', async () => {
        const tenant = await createTenant(database)
        const twice = database.write({ tenant, moves: 'generation' }, async (writer) => {
          await addGroup(writer, 'a')
          await addGroup(writer, 'a')
        })
        await assert.rejects(twice, UniqueViolation)
        assert.deepEqual(await database.read({ tenant }, groupNames), [])
        assert.deepEqual(await database.currentFreshness(tenant), { generation: 1, epoch: 1 })
      })

      test('a row whose parent is missing at commit is refused', async () => {
        const tenant = await createTenant(database)
        const orphan = database.write({ tenant }, (writer) =>
          writer.kysely
            .insertInto('deny_assignment_principal')
            .values({
              tenant_id: tenant,
              deny_assignment_id: 'none',
              principal_id: 'p',
              principal_type: 'User',
              excluded: 0,
            })
            .execute(),
        )
        await assert.rejects(orphan)
        const rows = await database.system('read', (kysely) =>
          kysely.selectFrom('deny_assignment_principal').selectAll().where('tenant_id', '=', tenant).execute(),
        )
        assert.deepEqual(rows, [])
      })

      test('system writes are one transaction each and take turns', async () => {
        const increment = (): Promise<void> =>
          database.system('write', async (kysely) => {
            const row = await kysely
              .selectFrom('installation')
              .select('value')
              .where('name', '=', 'test-counter')
              .executeTakeFirst()
            const value = String(Number(row?.value ?? '0') + 1)
            await kysely
              .insertInto('installation')
              .values({ name: 'test-counter', value })
              .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
              .execute()
          })
        await Promise.all(Array.from({ length: 10 }, increment))
        await assert.rejects(
          database.system('write', async (kysely) => {
            await kysely.deleteFrom('installation').where('name', '=', 'test-counter').execute()
            throw new Error('no')
          }),
          /no/,
        )
        const [row] = await database.system('read', (kysely) =>
          kysely.selectFrom('installation').selectAll().where('name', '=', 'test-counter').execute(),
        )
        assert.deepEqual(row, { name: 'test-counter', value: '10' })
      })

      test('stored time is the clock’s on SQLite and the database’s on PostgreSQL', async () => {
        const tenant = await createTenant(database)
        const fixed = new Date('2026-11-01T12:00:00Z')
        const written = await database.write({ tenant }, async (writer) => writer.now)
        assert.deepEqual(await database.read({ tenant }, async (reader) => reader.now), fixed)
        if (name === 'sqlite') assert.deepEqual(written, fixed)
        else assert.ok(Math.abs(written.getTime() - Date.now()) < 60_000)
      })
    })

    describe('values', () => {
      test('bytes, nulls and large integers come back as they went in', async () => {
        const tenant = await createTenant(database)
        const key = {
          kid: randomGuid(),
          tenant_id: tenant,
          sealed: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
          certificate: Buffer.alloc(0),
          public_jwk_json: '{"é":"\u{1f511}"}',
          state: 'current',
          published_at: Number.MAX_SAFE_INTEGER,
          signs_from_at: -1,
          retires_at: null,
        }
        await database.write({ tenant }, (writer) => writer.kysely.insertInto('signing_key').values(key).execute())
        const rows = await database.read({ tenant }, (reader) =>
          reader.kysely.selectFrom('signing_key').selectAll().where('kid', '=', key.kid).execute(),
        )
        assert.deepEqual(rows, [key])
        assert.ok(Buffer.isBuffer(rows[0]?.sealed))
      })

      test('a named statement gives plain objects with Buffers', async () => {
        const tenant = await createTenant(database)
        const row = { id: randomGuid(), sealed: Buffer.from([0, 255]), created_at: 7 }
        await database.system('write', (kysely) =>
          kysely
            .insertInto('domain_key')
            .values({ ...row, domain: row.id, kek_id: 'k' })
            .execute(),
        )
        const rows = await database.read({ tenant }, async (reader) => reader.rows(domainKey, [row.id]))
        assert.deepEqual(rows, [row])
        assert.ok(Buffer.isBuffer(rows[0]?.sealed))
      })

      test('an integer that a number cannot hold is an error, not a rounded number', async () => {
        const tenant = await createTenant(database)
        await database.system('write', (kysely) =>
          sql`UPDATE tenant SET created_at = ${2n ** 60n} WHERE id = ${tenant}`.execute(kysely),
        )
        const tooLarge = database.system('read', (kysely) =>
          kysely.selectFrom('tenant').select('created_at').where('id', '=', tenant).execute(),
        )
        await assert.rejects(tooLarge, RangeError)
        await database.system('write', (kysely) =>
          kysely.updateTable('tenant').set({ created_at: 0 }).where('id', '=', tenant).execute(),
        )
      })

      test('a named statement keeps its order, gives no row for none, and finds its parameters by number', async () => {
        const tenant = await createTenant(database)
        await database.write({ tenant }, async (writer) => {
          for (const group of ['b', 'B', 'a', 'c']) await addGroup(writer, group)
        })
        await database.read({ tenant }, async (reader) => {
          const rows = await reader.rows(groupsByName, [tenant, 'a'])
          assert.deepEqual(
            rows.map((row) => row.name),
            ['c', 'b', 'B'],
          )
          assert.deepEqual(await reader.rows(groupsByName, [randomGuid(), '']), [])
          assert.deepEqual(await reader.rows(swapped, ['here', 'a', tenant]), [
            { second: 'a', first: 'here', again: 'a' },
          ])
        })
      })

      test('a parameter of a type that one engine would refuse is refused by both', async () => {
        const tenant = await createTenant(database)
        for (const value of [true, new Date(0), undefined]) {
          await assert.rejects(
            database.read({ tenant }, (reader) => sql`SELECT ${sql.val(value)} AS value`.execute(reader.kysely)),
            TypeError,
          )
        }
      })

      test('changes say how many rows they touched', async () => {
        const tenant = await createTenant(database)
        const [updated, deleted] = await database.write({ tenant }, async (writer) => {
          await addGroup(writer, 'a')
          await addGroup(writer, 'b')
          return [
            await writer.kysely
              .updateTable('resource_group')
              .set({ location: 'there' })
              .where('tenant_id', '=', tenant)
              .executeTakeFirst(),
            await removeGroup(writer, 'a'),
          ]
        })
        assert.equal(updated?.numUpdatedRows, 2n)
        assert.equal(deleted?.numDeletedRows, 1n)
      })
    })

    describe('schema', () => {
      test('opening an existing database changes nothing', async () => {
        const again = await make()
        try {
          const first = await again.open()
          const tenant = await createTenant(first)
          const schema = await first.system('read', appliedMigrations)
          await first.close()
          const second = await again.open()
          assert.deepEqual(await second.currentFreshness(tenant), { generation: 1, epoch: 1 })
          assert.deepEqual(await second.system('read', appliedMigrations), schema)
          await second.close()
        } finally {
          again.remove()
        }
      })

      test('a schema newer than the program is refused', async () => {
        const newer = await make()
        try {
          await (await newer.open()).close()
          const version = currentSchemaVersion + 1
          await newer.tamper(`INSERT INTO schema_migration (version, name, applied_at) VALUES (${version}, 'later', 0)`)
          await assert.rejects(newer.open(), {
            kind: 'conflict',
            code: 'SchemaTooNew',
            message: `The database has schema version ${version}, written by a newer Strongroom; this program knows versions up to ${currentSchemaVersion}. Start the newer program, or restore a backup made before the upgrade.`,
          })
        } finally {
          newer.remove()
        }
      })

      test('a database of another program is refused', async () => {
        const foreign = await make()
        try {
          await foreign.tamper('CREATE TABLE orders (id integer)')
          await assert.rejects(foreign.open(), { kind: 'conflict', code: 'ForeignDatabase' })
        } finally {
          foreign.remove()
        }
      })
    })

    test('a closed database answers unavailable', async () => {
      const closed = await make()
      try {
        const once = await closed.open()
        await once.ping()
        await once.close()
        await assert.rejects(once.ping(), (error) => error instanceof ServiceError && error.kind === 'unavailable')
      } finally {
        closed.remove()
      }
    })
  })
}

async function makeSqliteStore(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-storage-'))
  return {
    open: () => openSqlite({ directory, clock: fixedClock(), logger: silentLogger }),
    async tamper(statement) {
      const before = process.umask(0o077)
      const file = new DatabaseSync(join(directory, 'strongroom.sqlite'))
      process.umask(before)
      file.exec(statement)
      file.close()
    },
    remove: () => rmSync(directory, { recursive: true }),
  }
}

async function makePostgresStore(): Promise<Store> {
  const connectionString = await createDatabase()
  return {
    open: () => openPostgres({ connectionString, clock: fixedClock(), logger: silentLogger }),
    async tamper(statement) {
      const client = new pg.Client(connectionString)
      await client.connect()
      await client.query(statement)
      await client.end()
    },
    remove() {
      // The server goes with the process.
    },
  }
}

async function nothing(): Promise<void> {}

async function addGroup(writer: Writer, name: string): Promise<void> {
  await writer.kysely
    .insertInto('resource_group')
    .values({
      tenant_id: writer.tenant,
      subscription_id: 's',
      name,
      name_canonical: name,
      location: 'here',
      tags_json: '{}',
      created_at: 0,
      updated_at: 0,
    })
    .execute()
}

function removeGroup(writer: Writer, name: string): Promise<{ numDeletedRows: bigint }> {
  return writer.kysely
    .deleteFrom('resource_group')
    .where('tenant_id', '=', writer.tenant)
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
}

async function groupNames(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.kysely
    .selectFrom('resource_group')
    .select('name')
    .where('tenant_id', '=', reader.tenant)
    .orderBy('name')
    .execute()
  return rows.map((row) => row.name)
}

async function appliedMigrations(kysely: Kysely<Schema>): Promise<readonly unknown[]> {
  return (await sql`SELECT version, name, applied_at FROM schema_migration ORDER BY version`.execute(kysely)).rows
}

async function rejectsStale(promise: Promise<unknown>, current: Freshness): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof StaleDecision, String(error))
    assert.deepEqual({ ...error.current }, current)
    return true
  })
}
