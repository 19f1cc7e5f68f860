import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Place } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { type Answered, HandClock, VaultHarness } from './vault-harness.ts'

const secondsPerDay = 86_400
const author = { by: 'operator@test', type: 'User' } as const

for (const engine of engines) {
  describe(`deleted secrets on ${engine.name}`, { skip: engine.skip }, () => {
    const clock = new HandClock()
    let its: VaultHarness
    let place: Place

    before(async () => {
      const openedSecrets = { maximumEntries: 100, maximumBytes: 100_000, maximumSeconds: 3600 }
      its = await VaultHarness.open(engine, { clock, openedSecrets })
      place = await its.place()
    })

    after(async () => {
      await its.close()
    })

    const ask = (id: string, name: string, of = place) => its.call(id, of, { path: { name } })
    const originOf = (of: Place) => `https://${of.name}.vault.azure.net`

    function assertError(answer: Answered, status: number, error: object): void {
      assert.deepEqual({ status: answer.status, body: answer.body }, { status, body: { error } })
    }

    function assertNoDeleted(answer: Answered, name: string): void {
      assertError(answer, 404, { code: 'SecretNotFound', message: `Deleted Secret not found: ${name}` })
    }

    async function recordOf(of: Place) {
      const record = await its.read((reader) => its.vault.vaults.findByName(reader, of.name as never))
      assert.ok(record !== undefined)
      return record
    }

    async function protect(of: Place): Promise<void> {
      const { id, tags, settings } = await recordOf(of)
      const changes = { tags, settings: { ...settings, purgeProtection: true }, author }
      await its.write((writer) => its.vault.vaults.update(writer, id, changes), 'generation')
    }

    async function rows(name: string, of = place) {
      return its.read(async (reader) => {
        const where = { vault_id: of.id, name_canonical: name }
        const secrets = await reader.kysely
          .selectFrom('secret')
          .selectAll()
          .where((eb) => eb.and(where))
          .execute()
        const versions = await reader.kysely
          .selectFrom('secret_version')
          .select('version')
          .where((eb) => eb.and(where))
          .execute()
        return { secrets, versions }
      })
    }

    test('an answer has the latest version without its value, and when it was deleted and will be purged', async () => {
      await its.set(place, 'Whole', 'canary-first')
      const set = await its.call('setSecret', place, {
        path: { name: 'whole' },
        body: { value: 'canary-second', contentType: 'text/plain', tags: { a: '1' }, attributes: { nbf: 1, exp: 2 } },
      })
      const answer = await ask('deleteSecret', 'WHOLE')
      assert.equal(answer.status, 200)
      assert.equal(answer.text.includes('canary'), false)
      const { deletedDate, scheduledPurgeDate, ...rest } = answer.body
      const { value: _, ...bundle } = set.body
      assert.deepEqual(rest, { recoveryId: `${originOf(place)}/deletedsecrets/Whole`, ...bundle })
      assert.equal(scheduledPurgeDate - deletedDate, 90 * secondsPerDay)
      assert.ok(deletedDate >= set.body.attributes.created)
      assert.deepEqual((await ask('getDeletedSecret', 'whole')).body, answer.body)
    })

    test('retention and recovery level are those of the vault', async () => {
      const brief = await its.place(undefined, { retentionDays: 7 })
      await its.set(brief, 'a', 'v')
      const { body } = await ask('deleteSecret', 'a', brief)
      assert.equal(body.scheduledPurgeDate - body.deletedDate, 604_800)
      const { recoveryLevel, recoverableDays } = body.attributes
      assert.deepEqual([recoveryLevel, recoverableDays], ['CustomizedRecoverable+Purgeable', 7])
    })

    test('a secret that is not there or is deleted cannot be deleted', async () => {
      await its.set(place, 'twice', 'v')
      await ask('deleteSecret', 'twice')
      for (const name of ['twice', 'never']) {
        const answer = await ask('deleteSecret', name)
        assert.deepEqual([answer.status, answer.body.error.code], [404, 'SecretNotFound'])
        assert.match(answer.body.error.message, new RegExp(`^A secret with \\(name/id\\) ${name} was not found`))
      }
    })

    test('what is not deleted is no deleted secret: it is not shown, recovered or purged', async () => {
      await its.set(place, 'Live', 'v')
      for (const name of ['Live', 'never']) {
        for (const id of ['getDeletedSecret', 'recoverDeletedSecret', 'purgeDeletedSecret']) {
          assertNoDeleted(await ask(id, name), name)
        }
      }
      assert.equal((await its.get(place, 'live')).body.value, 'v')
    })

    test('a disabled one answers 403, and can be recovered or purged all the same', async () => {
      await its.set(place, 'off', 'v', { attributes: { enabled: false } })
      await ask('deleteSecret', 'off')
      assertError(await ask('getDeletedSecret', 'off'), 403, {
        code: 'Forbidden',
        message: 'Operation get is not allowed on a disabled secret.',
        innererror: { code: 'SecretDisabled' },
      })
      assert.equal((await ask('recoverDeletedSecret', 'off')).body.attributes.enabled, false)
      await ask('deleteSecret', 'off')
      assert.equal((await ask('purgeDeletedSecret', 'off')).status, 204)
    })

    test('recovering brings every version back as it was, and answers without the value', async () => {
      const first = await its.set(place, 'Back', 'one', { tags: { t: '1' } })
      await its.set(place, 'Back', 'two')
      const before = await its.get(place, 'back')
      const versions = await ask('getSecretVersions', 'Back')
      await ask('deleteSecret', 'back')
      const recovered = await ask('recoverDeletedSecret', 'BACK')
      const { value: _, ...bundle } = before.body
      assert.deepEqual([recovered.status, recovered.body], [200, bundle])
      assert.deepEqual((await its.get(place, 'back')).body, before.body)
      assert.equal((await its.get(place, 'back', first)).body.value, 'one')
      assert.deepEqual((await ask('getSecretVersions', 'Back')).body, versions.body)
      assertNoDeleted(await ask('getDeletedSecret', 'back'), 'back')
      const [row] = (await rows('back')).secrets
      assert.deepEqual([row?.deleted_at, row?.purge_at], [null, null])
    })

    test('purging destroys rows and data keys, and frees the name', async () => {
      await its.set(place, 'gone', 'canary-gone')
      await its.set(place, 'gone', 'w')
      await its.set(place, 'gone-not', 'v')
      await ask('deleteSecret', 'gone')
      assert.equal((await rows('gone')).versions.length, 2)
      const answer = await ask('purgeDeletedSecret', 'Gone')
      assert.deepEqual([answer.status, answer.text, 'content-type' in answer.headers], [204, '', false])
      assert.deepEqual(await rows('gone'), { secrets: [], versions: [] })
      assertNoDeleted(await ask('getDeletedSecret', 'gone'), 'gone')
      assertNoDeleted(await ask('purgeDeletedSecret', 'gone'), 'gone')
      await its.set(place, 'gone', 'new')
      assert.equal((await ask('getSecretVersions', 'gone')).body.value.length, 1)
      assert.equal((await its.get(place, 'gone-not')).body.value, 'v')
    })

    test('a purged version is never served from memory, though its name is in use again', async () => {
      const old = await its.set(place, 'again', 'canary-old')
      assert.equal((await its.get(place, 'again', old)).body.value, 'canary-old')
      const [before] = (await rows('again')).secrets
      await ask('deleteSecret', 'again')
      await ask('purgeDeletedSecret', 'again')
      await its.set(place, 'again', 'new')
      const answer = await its.get(place, 'again', old)
      assert.deepEqual([answer.status, answer.text.includes('canary')], [404, false])
      // Another server process is told of nothing: what it remembers is kept under a revision that does not come back.
      assert.notEqual((await rows('again')).secrets[0]?.revision, before?.revision)
    })

    test('purge protection refuses a purge in Azure’s words and leaves everything as it is', async () => {
      const guarded = await its.place()
      await protect(guarded)
      await its.set(guarded, 'kept', 'v')
      assertNoDeleted(await ask('purgeDeletedSecret', 'kept', guarded), 'kept')
      const deleted = await ask('deleteSecret', 'kept', guarded)
      assert.equal(deleted.body.attributes.recoveryLevel, 'Recoverable')
      assertError(await ask('purgeDeletedSecret', 'kept', guarded), 403, {
        code: 'Forbidden',
        message: `Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: ${guarded.name};location=westeurope`,
        innererror: { code: 'ForbiddenByPolicy' },
      })
      assert.equal((await ask('recoverDeletedSecret', 'kept', guarded)).status, 200)
      assert.equal((await its.get(guarded, 'kept')).body.value, 'v')
    })

    test('of a recovery and a purge at the same time one wins', async () => {
      for (let round = 0; round < 5; round++) {
        const name = `race-${round}`
        await its.set(place, name, 'v')
        await ask('deleteSecret', name)
        const answers = await Promise.all([ask('recoverDeletedSecret', name), ask('purgeDeletedSecret', name)])
        const [recovered, purged] = answers.map((answer) => answer.status)
        assert.ok((recovered === 200 && purged === 404) || (recovered === 404 && purged === 204), answers[0].text)
        assert.equal((await its.get(place, name)).status, recovered)
      }
    })

    test('a vault that was deleted answers none of them', async () => {
      const doomed = await its.place()
      await its.set(doomed, 'a', 'v')
      await its.set(doomed, 'b', 'v')
      await ask('deleteSecret', 'b', doomed)
      const record = await recordOf(doomed)
      await its.write((writer) => its.vault.vaults.delete(writer, record), 'generation')
      assert.equal(await its.vault.resolve(doomed.name), undefined)
      const calls = [
        ask('deleteSecret', 'a', doomed),
        ask('getDeletedSecret', 'b', doomed),
        its.call('getDeletedSecrets', doomed),
        ask('recoverDeletedSecret', 'b', doomed),
        ask('purgeDeletedSecret', 'b', doomed),
        ask('backupSecret', 'a', doomed),
      ]
      for (const answer of await Promise.all(calls)) {
        assert.deepEqual([answer.status, answer.body.error.code], [404, 'VaultNotFound'])
      }
    })

    describe('listed', () => {
      const list = (query: Readonly<Record<string, string>> = {}, of = place) =>
        its.call('getDeletedSecrets', of, { query })

      const tokenOf = (page: Answered) => new URL(page.body.nextLink).searchParams.get('$skiptoken') ?? ''

      before(async () => {
        place = await its.place()
        for (const name of ['b', 'A', 'c', 'live', 'd']) await its.set(place, name, 'canary', { tags: { t: name } })
        for (const name of ['b', 'a', 'c', 'd']) await ask('deleteSecret', name)
      })

      test('are all, by name, with base ids, and no others', async () => {
        const page = await list()
        assert.equal(page.body.nextLink, null)
        assert.equal(page.text.includes('canary'), false)
        assert.deepEqual(
          page.body.value.map((item: { id: string }) => item.id),
          ['A', 'b', 'c', 'd'].map((name) => `${originOf(place)}/secrets/${name}`),
        )
        const one = (await ask('getDeletedSecret', 'b')).body
        assert.deepEqual(page.body.value[1], { ...one, id: `${originOf(place)}/secrets/b` })
      })

      test('come page by page', async () => {
        const first = await list({ maxresults: '3' })
        assert.match(
          first.body.nextLink,
          new RegExp(`^${originOf(place)}/deletedsecrets\\?api-version=7\\.4&\\$skiptoken=[\\w-]+&maxresults=3$`),
        )
        const second = await list({ maxresults: '3', $skiptoken: tokenOf(first) })
        assert.deepEqual([first.body.value.length, second.body.value.length, second.body.nextLink], [3, 1, null])
      })

      test('take no token of another list or vault, and none that was edited', async () => {
        const other = await its.place()
        for (const name of ['x', 'y']) await its.set(place, name, 'v')
        const token = tokenOf(await list({ maxresults: '1' }))
        const live = tokenOf(await its.call('getSecrets', place, { query: { maxresults: '1' } }))
        const refused = [
          await list({ $skiptoken: live }),
          await list({ $skiptoken: token }, other),
          await list({ $skiptoken: `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}` }),
          await its.call('getSecrets', place, { query: { $skiptoken: token } }),
        ]
        for (const answer of refused) {
          assertError(answer, 400, { code: 'BadParameter', message: "The parameter '$skiptoken' is invalid." })
        }
      })

      test('are none in a vault without them', async () => {
        assert.equal((await list({}, await its.place())).text, '{"value":[],"nextLink":null}')
      })
    })
  })
}
