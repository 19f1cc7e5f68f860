import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { insertOutbox } from '#audit/outbox-store.ts'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { secretPurger } from '#authorization/built-in-principals.ts'
import { canonicalName } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { type BackgroundCalls, createBackgroundCalls } from '#operation/background-calls.ts'
import { createGate } from '#operation/invoke.ts'
import type { Place } from '#operation/operation.ts'
import type { Schema } from '#storage/schema.ts'
import { engines } from '../support/databases.ts'
import { readRecord, ScriptedLog } from './gate-scripted-log.ts'
import { HandClock, VaultHarness } from './vault-harness.ts'

const minute = 60_000

for (const engine of engines) {
  describe(`the scheduled purge on ${engine.name}`, { skip: engine.skip }, () => {
    const clock = new HandClock()
    let its: VaultHarness
    let place: Place

    before(async () => {
      its = await VaultHarness.open(engine, { clock })
      place = await its.place()
    })

    after(async () => {
      await its.close()
    })

    /** What one server process has: a log and a gate of its own. */
    function server(): { readonly log: ScriptedLog; readonly calls: BackgroundCalls } {
      const log = new ScriptedLog()
      const gate = createGate({
        database: its.database,
        authorizer: createAuthorizer({ clock }),
        rules: { cached: () => undefined, load: () => assert.fail('a schedule comes through no network') },
        audit: log,
        refusals: { count: () => undefined, close: () => Promise.resolve() },
        outbox: { insert: insertOutbox },
        revalidate: () => assert.fail('the epoch does not move here'),
        clock,
        logger: silentLogger,
      })
      return { log, calls: createBackgroundCalls({ gate, database: its.database, clock }) }
    }

    const purge = async () => {
      const { log, calls } = server()
      await its.vault.purgeDueSecrets(calls)
      return log.records.map(readRecord)
    }

    async function makeDeleted(name: string, of = place): Promise<void> {
      await its.set(of, name, 'canary', {})
      await its.set(of, name, 'newer')
      const answer = await its.call('deleteSecret', of, { path: { name } })
      assert.equal(answer.status, 200, answer.text)
    }

    function change(name: string, columns: Partial<Schema['secret']>, of = place) {
      return its.write((writer) =>
        writer.kysely
          .updateTable('secret')
          .set(columns)
          .where('vault_id', '=', of.id)
          .where('name_canonical', '=', canonicalName(name))
          .execute(),
      )
    }

    /** The database's time is not the test's, so what is due is made due by its date. */
    async function makeDue(name: string, of = place): Promise<void> {
      await makeDeleted(name, of)
      await change(name, { purge_at: 1 }, of)
    }

    async function left(of = place): Promise<readonly string[]> {
      const page = await its.call('getDeletedSecrets', of)
      return page.body.value.map((item: { id: string }) => item.id.split('/').at(-1))
    }

    async function versionsLeft(of: Place): Promise<number> {
      const rows = await its.read((reader) =>
        reader.kysely.selectFrom('secret_version').select('version').where('vault_id', '=', of.id).execute(),
      )
      return rows.length
    }

    test('destroys what is due, keeps what is not, and records each as done by its own principal', async () => {
      await makeDue('Due')
      await makeDeleted('waits')
      await its.set(place, 'lives', 'v')
      await change('lives', { purge_at: 1 })
      const [record, ...others] = await purge()
      assert.deepEqual(others, [])
      assert.ok(record !== undefined)
      const { own, status, description, requestUri, resourceId, operationName } = record
      assert.deepEqual([status, description, operationName], [204, undefined, 'SecretPurge'])
      assert.equal(requestUri, `https://${place.name}.vault.azure.net/deletedsecrets/due?api-version=`)
      assert.equal(resourceId, place.scope.path.toUpperCase())
      assert.deepEqual(
        [own['principal'], own['operation'], own['action'], own['scope'], own['decision']],
        [
          secretPurger.id,
          'purgeDueSecret',
          'Microsoft.KeyVault/vaults/secrets/purge/action',
          `${place.scope.path}/secrets/due`,
          'allow',
        ],
      )
      assert.deepEqual(await left(), ['waits'])
      assert.equal(await versionsLeft(place), 3)
      assert.equal((await its.get(place, 'lives')).body.value, 'v')
      assert.deepEqual(await purge(), [])
    })

    test('goes on when the retention is over, whatever the vault’s purge protection', async () => {
      const guarded = await its.place()
      const record = await its.read((reader) => its.vault.vaults.findByName(reader, guarded.name as never))
      assert.ok(record !== undefined)
      const settings = { ...record.settings, purgeProtection: true }
      const changes = { tags: {}, settings, author: { by: 'x', type: 'User' } } as const
      await its.write((writer) => its.vault.vaults.update(writer, record.id, changes), 'generation')
      await makeDue('guarded', guarded)
      assert.equal((await purge()).length, 1)
      assert.deepEqual(await left(guarded), [])
    })

    test('goes on in a vault that was deleted', async () => {
      const doomed = await its.place()
      await makeDue('inside', doomed)
      const record = await its.read((reader) => its.vault.vaults.findByName(reader, doomed.name as never))
      assert.ok(record !== undefined)
      await its.write((writer) => its.vault.vaults.delete(writer, record), 'generation')
      assert.deepEqual(
        (await purge()).map(({ status }) => status),
        [204],
      )
      assert.equal(await versionsLeft(doomed), 0)
    })

    test('is done once by several servers at the same time', async () => {
      const crowded = await its.place()
      const names = Array.from({ length: 20 }, (_, at) => `n${at}`)
      for (const name of names) await makeDue(name, crowded)
      const servers = [server(), server(), server()]
      await Promise.all(servers.map(({ calls }) => its.vault.purgeDueSecrets(calls)))
      const records = servers.flatMap(({ log }) => log.records.map(readRecord))
      assert.deepEqual(
        records.map(({ status }) => status),
        names.map(() => 204),
      )
      assert.equal(new Set(records.map(({ requestUri }) => requestUri)).size, names.length)
      assert.deepEqual(await left(crowded), [])
    })

    test('leaves alone what another server has claimed, until the claim has lapsed', async () => {
      const shared = await its.place()
      await makeDue('claimed', shared)
      const stopped: BackgroundCalls = { run: () => Promise.reject(new Error('the server was killed')) }
      await assert.rejects(its.vault.purgeDueSecrets(stopped), /killed/)
      assert.deepEqual(await purge(), [])
      assert.deepEqual(await left(shared), ['claimed'])
      const claim = await its.read((reader) =>
        reader.kysely
          .selectFrom('secret')
          .select('purge_claimed_until')
          .where('vault_id', '=', shared.id)
          .executeTakeFirstOrThrow(),
      )
      assert.ok((claim.purge_claimed_until ?? 0) > 4 * minute)
      await change('claimed', { purge_claimed_until: 1 }, shared)
      assert.equal((await purge()).length, 1)
      assert.deepEqual(await left(shared), [])
    })

    test('does nothing to a secret that was recovered meanwhile, or deleted anew', async () => {
      const busy = await its.place()
      for (const name of ['recovered', 'renewed']) await makeDue(name, busy)
      const { log, calls } = server()
      await its.vault.purgeDueSecrets({
        async run(call) {
          const path = { name: call.path['name'] ?? '' }
          await its.call('recoverDeletedSecret', busy, { path })
          if (path.name === 'renewed') await its.call('deleteSecret', busy, { path })
          return calls.run(call)
        },
      })
      const refused = log.records.map(readRecord).map(({ status, description }) => `${status} ${description}`)
      assert.deepEqual(
        new Set(refused),
        new Set([
          '409 Deleted Secret recovered is not due to be purged.',
          '409 Deleted Secret renewed is not due to be purged.',
        ]),
      )
      assert.equal((await its.get(busy, 'recovered')).body.value, 'newer')
      assert.equal((await its.call('recoverDeletedSecret', busy, { path: { name: 'renewed' } })).status, 200)
    })

    test('purges nothing that could not be recorded', async () => {
      const unrecorded = await its.place()
      await makeDue('kept', unrecorded)
      const { log, calls } = server()
      log.stop()
      await its.vault.purgeDueSecrets(calls)
      assert.deepEqual([await left(unrecorded), log.records], [['kept'], []])
      await change('kept', { purge_claimed_until: 1 }, unrecorded)
      assert.equal((await purge()).length, 1)
    })

    test('has an operation that no request reaches', () => {
      const ids = its.vault.surface.operations.map((operation) => operation.id)
      assert.equal(ids.includes('purgeDueSecret'), false)
    })
  })
}
