import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Place } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { type Answered, assignmentId, HandClock, VaultHarness } from './vault-harness.ts'

const versionPattern = /^[0-9a-f]{32}$/
const limits = { maximumEntries: 100, maximumBytes: 1_000_000, maximumSeconds: 30 }
const newest = { apiVersion: '2026-04-01' }

function notFound(id: string) {
  return {
    error: {
      code: 'SecretNotFound',
      message: `A secret with (name/id) ${id} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
    },
  }
}

function assertNotFound(answer: Answered, id: string): void {
  assert.equal(answer.status, 404)
  assert.deepEqual(answer.body, notFound(id))
}

for (const engine of engines) {
  for (const memory of ['on', 'off'] as const) {
    describe(`secrets on ${engine.name} with opened values in memory ${memory}`, { skip: engine.skip }, () => {
      const clock = new HandClock()
      let its: VaultHarness
      let place: Place

      before(async () => {
        its = await VaultHarness.open(engine, memory === 'on' ? { clock, openedSecrets: limits } : { clock })
        place = await its.place()
      })

      after(async () => {
        await its.close()
      })

      test('a set secret answers with its value and comes back the same', async () => {
        const body = {
          value: 'ä"\\\n\u0000😀',
          contentType: 'text/plain',
          tags: { a: 'b' },
          attributes: { exp: 2_000_000_000 },
        }
        const set = await its.call('setSecret', place, { path: { name: 'First' }, body, ...newest })
        assert.equal(set.status, 200)
        assert.equal(set.headers['x-ms-keyvault-rbac-assignment-id'], assignmentId.replaceAll('-', ''))
        const { created, updated, ...attributes } = set.body.attributes
        assert.equal(typeof created, 'number')
        assert.equal(updated, created)
        assert.deepEqual(attributes, {
          enabled: true,
          exp: 2_000_000_000,
          recoveryLevel: 'Recoverable+Purgeable',
          recoverableDays: 90,
        })
        const version = set.body.id.split('/').at(-1)
        assert.match(version, versionPattern)
        assert.deepEqual(
          { ...set.body, attributes: undefined },
          {
            value: body.value,
            contentType: 'text/plain',
            id: `https://${place.name}.vault.azure.net/secrets/First/${version}`,
            attributes: undefined,
            tags: { a: 'b' },
          },
        )
        for (const asked of ['', version]) {
          for (let times = 0; times < 2; times++) {
            const got = await its.get(place, 'First', asked, newest)
            assert.equal(got.status, 200)
            assert.equal(got.text, set.text)
          }
        }
      })

      test('text that an engine cannot store is refused, other control characters are kept', async () => {
        const path = { name: 'Unstorable' }
        for (const changes of [{ contentType: 'a\0b' }, { tags: { a: '\0' } }, { tags: { 'a\0': 'b' } }]) {
          const set = await its.call('setSecret', place, { path, body: { value: 'x', ...changes }, ...newest })
          assert.deepEqual([set.status, set.body.error.code], [400, 'BadParameter'])
        }
        const body = { value: 'x', contentType: 'a\tb\r\nc\u0001', tags: { 'a\n': '\t' } }
        const { status, body: made } = await its.call('setSecret', place, { path, body, ...newest })
        assert.deepEqual([status, made.contentType, made.tags], [200, body.contentType, body.tags])
        const { body: updated, ...answer } = await its.call('updateSecret', place, {
          path: { ...path, version: made.id.split('/').at(-1) },
          body: { contentType: '\0' },
          ...newest,
        })
        assert.deepEqual([answer.status, updated.error.code], [400, 'BadParameter'])
      })

      test('names are compared without letter case and shown as first written', async () => {
        await its.set(place, 'Mixed-Case', 'one')
        await its.set(place, 'MIXED-CASE', 'two')
        const got = await its.get(place, 'mixed-case')
        assert.equal(got.body.value, 'two')
        assert.match(got.body.id, /\/secrets\/Mixed-Case\//)
      })

      test('an empty value is a value', async () => {
        await its.set(place, 'empty', '')
        assert.equal((await its.get(place, 'empty')).body.value, '')
      })

      test('a new version inherits nothing and names the one before', async () => {
        const first = await its.set(place, 'heir', 'one', {
          contentType: 'x',
          tags: { a: 'b' },
          attributes: { exp: 5 },
        })
        const second = await its.set(place, 'heir', 'two')
        const got = await its.get(place, 'heir', '', newest)
        assert.equal(got.body.value, 'two')
        assert.equal(got.body.previousVersion, first)
        assert.deepEqual(Object.keys(got.body), ['value', 'id', 'attributes', 'previousVersion'])
        assert.equal('exp' in got.body.attributes, false)
        assert.equal('previousVersion' in (await its.get(place, 'heir', second)).body, false)
        assert.equal((await its.get(place, 'heir', first, newest)).body.value, 'one')
      })

      test('a read after a write sees it, each time', async () => {
        for (let round = 0; round < 20; round++) {
          await its.set(place, 'moving', String(round))
          assert.equal((await its.get(place, 'moving')).body.value, String(round))
        }
      })

      test('what is not there answers 404', async () => {
        const version = '0'.repeat(32)
        await its.set(place, 'there', 'v')
        assertNotFound(await its.get(place, 'Not-There'), 'Not-There')
        assertNotFound(await its.get(place, 'there', version), `there/${version}`)
        const patch = { path: { name: 'gone' }, body: {} }
        assertNotFound(await its.call('updateSecret', place, patch), 'gone')
        const patchVersion = { path: { name: 'there', version }, body: {} }
        assertNotFound(await its.call('updateSecret', place, patchVersion), `there/${version}`)
      })

      test('the secret of one vault is not in another with a longer name', async () => {
        const one = await its.place('kv1')
        const ten = await its.place('kv10')
        await its.set(one, 'mine', 'v')
        assertNotFound(await its.get(ten, 'mine'), 'mine')
        assert.deepEqual((await its.call('getSecrets', ten)).body, { value: [], nextLink: null })
        await its.set(ten, 'mine', 'w')
        assert.equal((await its.get(one, 'mine')).body.value, 'v')
        assert.equal((await its.get(ten, 'mine')).body.value, 'w')
      })

      test('an update changes what it names and answers without the value', async () => {
        const version = await its.set(place, 'changing', 'v', {
          contentType: 'x',
          tags: { a: 'b' },
          attributes: { exp: 9 },
        })
        await its.get(place, 'changing')
        clock.advance(5)
        const body = { attributes: { nbf: 3 }, tags: {}, value: 'ignored' }
        const updated = await its.call('updateSecret', place, { path: { name: 'changing', version: '' }, body })
        assert.equal(updated.status, 200)
        assert.equal('value' in updated.body, false)
        assert.equal(updated.body.contentType, 'x')
        assert.deepEqual(updated.body.tags, {})
        assert.equal(updated.body.attributes.nbf, 3)
        assert.equal(updated.body.attributes.exp, 9)
        assert.match(updated.body.id, new RegExp(`/${version}$`))
        const got = await its.get(place, 'changing')
        assert.equal(got.body.value, 'v')
        assert.deepEqual({ ...got.body, value: undefined }, { ...updated.body, value: undefined })
      })

      test('an update of a former version leaves the latest alone', async () => {
        const first = await its.set(place, 'two-versions', 'one')
        await its.set(place, 'two-versions', 'two')
        const patch = { path: { name: 'two-versions', version: first }, body: { contentType: 'old' } }
        assert.equal((await its.call('updateSecret', place, patch)).status, 200)
        assert.equal((await its.get(place, 'two-versions', first)).body.contentType, 'old')
        assert.equal('contentType' in (await its.get(place, 'two-versions')).body, false)
      })

      test('an update may not end a validity before it begins', async () => {
        await its.set(place, 'valid', 'v', { attributes: { exp: 10 } })
        const patch = { path: { name: 'valid' }, body: { attributes: { nbf: 11 } } }
        const refused = await its.call('updateSecret', place, patch)
        assert.equal(refused.status, 400)
        assert.equal(refused.body.error.code, 'BadParameter')
        assert.equal('nbf' in (await its.get(place, 'valid')).body.attributes, false)
      })

      test('a disabled version answers 403, its metadata does not, and it can be enabled again', async () => {
        const name = 'switched'
        await its.set(place, name, 'v')
        await its.get(place, name)
        const patch = (enabled: boolean) =>
          its.call('updateSecret', place, { path: { name }, body: { attributes: { enabled } } })
        assert.equal((await patch(false)).body.attributes.enabled, false)
        const refused = await its.get(place, name)
        assert.equal(refused.status, 403)
        assert.deepEqual(refused.body, {
          error: {
            code: 'Forbidden',
            message: 'Operation get is not allowed on a disabled secret.',
            innererror: { code: 'SecretDisabled' },
          },
        })
        await patch(true)
        assert.equal((await its.get(place, name)).body.value, 'v')
      })

      test('expiry and not-before inform, they do not refuse', async () => {
        await its.set(place, 'expired', 'v', { attributes: { nbf: 1, exp: 2 } })
        await its.set(place, 'not-yet', 'v', { attributes: { nbf: 2_147_483_647 } })
        assert.equal((await its.get(place, 'expired')).status, 200)
        assert.equal((await its.get(place, 'not-yet')).status, 200)
      })

      test('a deleted secret is 404 everywhere and its name cannot be set again', async () => {
        const version = await its.set(place, 'deleted', 'v')
        await its.get(place, 'deleted')
        await its.call('deleteSecret', place, { path: { name: 'DELETED' } })
        assertNotFound(await its.get(place, 'deleted'), 'deleted')
        assertNotFound(await its.get(place, 'deleted', version), `deleted/${version}`)
        assertNotFound(await its.call('updateSecret', place, { path: { name: 'deleted' }, body: {} }), 'deleted')
        const versions = await its.call('getSecretVersions', place, { path: { name: 'deleted' } })
        assert.deepEqual(versions.body, { value: [], nextLink: null })
        const set = await its.call('setSecret', place, { path: { name: 'Deleted' }, body: { value: 'w' } })
        assert.equal(set.status, 409)
        assert.deepEqual(set.body, {
          error: {
            code: 'Conflict',
            message:
              'Secret Deleted is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.',
            innererror: { code: 'ObjectIsDeletedButRecoverable' },
          },
        })
      })

      test('answers follow retention and purge protection of the vault as they are now', async () => {
        const guarded = await its.place(undefined, { retentionDays: 7 })
        await its.set(guarded, 'a', 'v')
        const levels = async () => {
          const { attributes } = (await its.get(guarded, 'a')).body
          return [attributes.recoveryLevel, attributes.recoverableDays]
        }
        assert.deepEqual(await levels(), ['CustomizedRecoverable+Purgeable', 7])
        const found = await its.read((reader) => its.vault.vaults.findByName(reader, guarded.name as never))
        assert.ok(found !== undefined)
        const settings = { ...found.settings, purgeProtection: true }
        const author = { by: 'x', type: 'User' } as const
        await its.write(
          (writer) => its.vault.vaults.update(writer, found.id, { tags: {}, settings, author }),
          'generation',
        )
        assert.deepEqual(await levels(), ['CustomizedRecoverable', 7])
      })

      test('writers at the same time each make a version of their own', async () => {
        const versions = await Promise.all(Array.from({ length: 10 }, (_, at) => its.set(place, 'crowded', String(at))))
        assert.equal(new Set(versions).size, 10)
        const rows = await its.read((reader) =>
          reader.kysely
            .selectFrom('secret_version')
            .select(['ordinal', 'version', 'previous_version'])
            .where('vault_id', '=', place.id)
            .where('name_canonical', '=', 'crowded')
            .orderBy('ordinal')
            .execute(),
        )
        assert.deepEqual(
          rows.map((row) => row.ordinal),
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        )
        rows.forEach((row, at) => {
          assert.equal(row.previous_version, rows[at - 1]?.version ?? null)
        })
        assert.match((await its.get(place, 'crowded')).body.id, new RegExp(`/${rows[9]?.version}$`))
      })

      test('only a known form can be asked for, and nothing is converted', async () => {
        await its.set(place, 'form', 'v', { contentType: 'application/x-pem-file' })
        const ask = (outcontenttype: string, apiVersion = '2025-07-01') =>
          its.get(place, 'form', '', { apiVersion, query: { outcontenttype } })
        assert.equal((await ask('application/x-pem-file')).body.value, 'v')
        assert.equal((await ask('application/x-pkcs12')).status, 400)
        assert.equal((await ask('text/plain')).body.error.code, 'BadParameter')
        assert.equal((await ask('text/plain', '7.4')).status, 200)
      })
    })
  }
}
