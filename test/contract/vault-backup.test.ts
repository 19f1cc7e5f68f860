import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Place } from '#operation/operation.ts'
import { createTenant, engines } from '../support/databases.ts'
import { type Answered, HandClock, VaultHarness } from './vault-harness.ts'

const foreign =
  'The backup blob cannot be restored: it was altered or cut short, or it was made in another tenant or installation.'
const unreadable = 'Backup blob contains invalid or corrupt version.'

for (const engine of engines) {
  describe(`backups of secrets on ${engine.name}`, { skip: engine.skip }, () => {
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

    const ask = (id: string, name: string, of = place) => its.call(id, of, { path: { name } })
    const restore = (value: unknown, of = place) => its.call('restoreSecret', of, { body: { value } })

    async function backUp(name: string, of = place): Promise<string> {
      const answer = await ask('backupSecret', name, of)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(Object.keys(answer.body), ['value'])
      return answer.body.value
    }

    function assertError(answer: Answered, status: number, error: object): void {
      assert.deepEqual({ status: answer.status, body: answer.body }, { status, body: { error } })
    }

    function assertRefused(answer: Answered, message: string): void {
      assertError(answer, 400, { code: 'BadParameter', message })
    }

    /** What a client sees of every version, with the vault's name taken out of the ids. */
    async function seen(name: string, of: Place) {
      const listed = await its.call('getSecretVersions', of, { path: { name }, apiVersion: '2025-07-01' })
      const latest = await its.get(of, name, '', { apiVersion: '2025-07-01' })
      return JSON.parse(
        JSON.stringify({ versions: listed.body.value, latest: latest.body }).replaceAll(`//${of.name}.`, '//'),
      )
    }

    test('hold every version and can be restored into another vault of the tenant', async () => {
      const value = 'canary-€-\u0000-"quoted"'
      const first = await its.set(place, 'Moved', value, {
        tags: { a: '1' },
        contentType: 'x',
        attributes: { exp: 99 },
      })
      const second = await its.set(place, 'Moved', '', { attributes: { enabled: false } })
      clock.advance(100)
      await its.set(place, 'Moved', 'latest', { tags: {}, attributes: { nbf: 5 } })
      await its.call('updateSecret', place, { path: { name: 'Moved', version: first }, body: { tags: { b: '2' } } })
      const blob = await backUp('moved')
      const target = await its.place()
      const answer = await restore(blob, target)
      assert.equal(answer.status, 200, answer.text)
      const latest = await its.get(target, 'moved')
      const { value: _, ...bundle } = latest.body
      assert.deepEqual(answer.body, bundle)
      assert.equal(latest.body.value, 'latest')
      assert.deepEqual(await seen('moved', target), await seen('moved', place))
      assert.equal((await its.get(target, 'moved', first)).body.value, value)
      assert.equal((await its.get(target, 'moved', second)).status, 403)
    })

    test('outlive what they were made of, and a restored secret goes on like any other', async () => {
      await its.set(place, 'saved', 'one')
      const version = await its.set(place, 'saved', 'two')
      const before = await seen('saved', place)
      const blob = await backUp('saved')
      await ask('deleteSecret', 'saved')
      await ask('purgeDeletedSecret', 'saved')
      assert.equal((await restore(blob)).status, 200)
      assert.deepEqual(await seen('saved', place), before)
      await its.set(place, 'saved', 'three')
      const next = await its.get(place, 'saved', '', { apiVersion: '2025-07-01' })
      assert.deepEqual([next.body.value, next.body.previousVersion], ['three', version])
    })

    test('are not restored over a name that is in use', async () => {
      const version = await its.set(place, 'Taken', 'v')
      const blob = await backUp('taken')
      const id = `https://${place.name}.vault.azure.net/secrets/Taken/${version}`
      assertError(await restore(blob), 409, {
        code: 'Conflict',
        message: `There was a conflict restoring the secret '${id}'. This can happen if either: a second secret with the same name was created after the first secret was deleted; thus trying to restore a secret whose name is already in use. To fix this, rename the second secret to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the secret. To avoid this error, perform operations against a secret in a sequential manner.`,
      })
      await ask('deleteSecret', 'taken')
      assertError(await restore(blob), 409, {
        code: 'Conflict',
        message:
          'Secret Taken is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.',
        innererror: { code: 'ObjectIsDeletedButRecoverable' },
      })
      assert.equal((await ask('recoverDeletedSecret', 'taken')).status, 200)
      assert.equal((await its.get(place, 'taken')).body.value, 'v')
    })

    test('are made of active secrets only', async () => {
      await its.set(place, 'away', 'v')
      await ask('deleteSecret', 'away')
      for (const name of ['away', 'never']) {
        const answer = await ask('backupSecret', name)
        assert.deepEqual([answer.status, answer.body.error.code], [404, 'SecretNotFound'])
      }
    })

    test('show nothing of values and tags', async () => {
      await its.set(place, 'closed', 'canary-value-81f3', { tags: { t: 'canary-tag-81f3' } })
      const blob = await backUp('closed')
      assert.match(blob, /^[\w-]+$/)
      assert.equal(Buffer.from(blob, 'base64url').includes('canary'), false)
      assert.notEqual(await backUp('closed'), blob)
    })

    test('open in the tenant that made them and in no other', async () => {
      await its.set(place, 'ours', 'v')
      const blob = await backUp('ours')
      const tenant = await createTenant(its.database)
      const name = `kv-${tenant.slice(0, 13)}`
      const like = await its.read((reader) => its.vault.vaults.findByName(reader, place.name as never))
      assert.ok(like !== undefined)
      const made = { ...like, address: { ...like.address, name }, author: { by: 'x', type: 'User' } } as const
      await its.database.write({ tenant, moves: 'generation' }, (writer) => its.vault.vaults.create(writer, made))
      const elsewhere = await its.vault.resolve(name)
      assert.ok(elsewhere !== undefined && elsewhere.tenant === tenant)
      assertRefused(await restore(blob, elsewhere), foreign)
      await its.set(elsewhere, 'theirs', 'w')
      assertRefused(await restore(await backUp('theirs', elsewhere)), foreign)
      assert.equal((await its.get(elsewhere, 'ours')).status, 404)
    })

    test('open in the installation that made them and in no other', async () => {
      const other = await VaultHarness.open(engine, { clock })
      try {
        await its.set(place, 'here', 'v')
        const there = await other.place()
        const answer = await other.call('restoreSecret', there, { body: { value: await backUp('here') } })
        assertRefused(answer, foreign)
      } finally {
        await other.close()
      }
    })

    test('that were altered in any byte are refused, and nothing is stored', async () => {
      await its.set(place, 'tampered', 'v')
      const blob = Buffer.from(await backUp('tampered'), 'base64url')
      const target = await its.place()
      for (let at = 0; at < blob.length; at++) {
        const altered = Buffer.from(blob)
        altered[at] = (altered[at] ?? 0) ^ 1
        const answer = await restore(altered.toString('base64url'), target)
        assert.deepEqual([answer.status, answer.body.error.code], [400, 'BadParameter'], `byte ${at}`)
      }
      const renamed = Buffer.from(blob)
      renamed.write('untouchd', 2, 'ascii')
      assertRefused(await restore(renamed.toString('base64url'), target), foreign)
      assert.equal((await its.call('getSecrets', target)).body.value.length, 0)
    })

    test('that were cut short or made longer, and whatever is no backup, are refused', async () => {
      await its.set(place, 'cut', 'v')
      const text = await backUp('cut')
      const blob = Buffer.from(text, 'base64url')
      for (const length of [0, 1, 2, 4, 6, 30, blob.length - 1]) {
        const answer = await restore(blob.toString('base64url', 0, length))
        assert.equal(answer.status, 400, `${length} bytes`)
        assert.ok([foreign, unreadable].includes(answer.body.error.message), answer.text)
      }
      assertRefused(await restore(Buffer.concat([blob, Buffer.from('x')]).toString('base64url')), foreign)
      for (const value of ['', `${text}=`, `${text} `, '!!!!', 'AAAA', 'A'.repeat(22_369_628)]) {
        assertRefused(await restore(value), unreadable)
      }
      assertRefused(await restore(undefined), "Property has invalid value\r\nThe property 'value' is required.")
      assertRefused(await restore(7), "Property has invalid value\r\nThe property 'value' must be a string.")
    })

    test('hold at most 500 versions', async () => {
      for (let at = 0; at < 500; at++) await its.set(place, 'long', String(at))
      const target = await its.place()
      assert.equal((await restore(await backUp('long'), target)).status, 200)
      assert.equal((await its.get(target, 'long')).body.value, '499')
      await its.set(place, 'long', 'one too many')
      assertRefused(
        await ask('backupSecret', 'long'),
        'Secret long has more than 500 versions and cannot be backed up.',
      )
    })

    test('of two restores at the same time one wins', async () => {
      await its.set(place, 'double', 'v')
      const blob = await backUp('double')
      const target = await its.place()
      const statuses = (await Promise.all([restore(blob, target), restore(blob, target)])).map(({ status }) => status)
      assert.deepEqual(new Set(statuses), new Set([200, 409]))
      assert.equal((await its.get(target, 'double')).body.value, 'v')
    })
  })
}
