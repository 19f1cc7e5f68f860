import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { silentLogger } from '#base/log.ts'
import type { Place } from '#operation/operation.ts'
import type { Schema } from '#storage/schema.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { engines } from '../support/databases.ts'
import { HandClock, VaultHarness } from './vault-harness.ts'

const clock = new HandClock()

for (const engine of engines) {
  describe(`rows of secrets on ${engine.name}`, { skip: engine.skip }, () => {
    let its: VaultHarness
    let place: Place

    before(async () => {
      its = await VaultHarness.open(engine, { clock })
      place = await its.place()
    })

    after(async () => {
      await its.close()
    })

    function change(name: string, columns: Partial<Schema['secret_version']>) {
      return its.write((writer) =>
        writer.kysely
          .updateTable('secret_version')
          .set(columns)
          .where('vault_id', '=', place.id)
          .where('name_canonical', '=', name)
          .execute(),
      )
    }

    async function rowOf(name: string) {
      return its.read((reader) =>
        reader.kysely
          .selectFrom('secret_version')
          .selectAll()
          .where('vault_id', '=', place.id)
          .where('name_canonical', '=', name)
          .executeTakeFirstOrThrow(),
      )
    }

    async function assertBroken(name: string, code = 'SealBroken') {
      const answer = await its.get(place, name)
      assert.equal(answer.status, 500)
      assert.equal(answer.body.error.code, code)
      assert.equal(answer.text.includes('canary'), false)
    }

    test('that were swapped between secrets do not open', async () => {
      await its.set(place, 'one', 'canary-1')
      await its.set(place, 'two', 'canary-2')
      const { sealed_key, sealed_value } = await rowOf('two')
      await change('one', { sealed_key, sealed_value })
      await assertBroken('one')
      assert.equal((await its.get(place, 'two')).status, 200)
    })

    test('that were swapped between vaults do not open', async () => {
      const other = await its.place()
      await its.set(place, 'same', 'canary-1')
      await its.set(other, 'same', 'canary-2')
      const { sealed_key, sealed_value } = await its.read((reader) =>
        reader.kysely
          .selectFrom('secret_version')
          .selectAll()
          .where('vault_id', '=', other.id)
          .executeTakeFirstOrThrow(),
      )
      await change('same', { sealed_key, sealed_value })
      await assertBroken('same')
    })

    test('that were damaged do not open', async () => {
      await its.set(place, 'damaged', 'canary-1')
      const { sealed_value } = await rowOf('damaged')
      const flipped = Buffer.from(sealed_value)
      flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
      await change('damaged', { sealed_value: flipped })
      await assertBroken('damaged')
      await change('damaged', { sealed_value: sealed_value.subarray(0, 20) })
      await assertBroken('damaged')
      await change('damaged', { sealed_value: Buffer.alloc(0) })
      await assertBroken('damaged')
    })

    test('whose tags were damaged give no answer', async () => {
      await its.set(place, 'tagged', 'canary-1', { tags: { a: 'b' } })
      await change('tagged', { tags_json: '{"a":' })
      await assertBroken('tagged', 'RowBroken')
    })
  })
}

describe('the files of the embedded database', () => {
  test('hold a value in no form', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'strongroom-vault-files-'))
    const database = await openSqlite({ directory, clock, logger: silentLogger })
    const its = await VaultHarness.over(database, { clock })
    try {
      const place = await its.place()
      const value = 'canary-at-rest-5f0c'
      await its.set(place, 'canary', value, { tags: { control: 'planted-control-77' } })
      assert.equal((await its.get(place, 'canary')).body.value, value)
      const forms = [
        Buffer.from(value),
        Buffer.from(value, 'utf16le'),
        Buffer.from(Buffer.from(value).toString('hex')),
        ...[0, 1, 2].flatMap((offset) => {
          const encoded = Buffer.from(value)
            .subarray(offset, offset + 15)
            .toString('base64')
          return [Buffer.from(encoded), Buffer.from(encoded.replaceAll('+', '-').replaceAll('/', '_'))]
        }),
      ]
      const search = () => {
        const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
        const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
        assert.ok(
          contents.some((bytes) => bytes.includes('planted-control-77')),
          'the planted control was not found',
        )
        for (const form of forms)
          assert.equal(
            contents.some((bytes) => bytes.includes(form)),
            false,
            form.toString(),
          )
      }
      search()
      await its.close()
      await database.close()
      search()
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
