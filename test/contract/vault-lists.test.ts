import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Place } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { type Answered, HandClock, VaultHarness } from './vault-harness.ts'

interface Item {
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
}

function tokenOf(page: Answered): string | undefined {
  const link: unknown = page.body.nextLink
  if (link === null) return undefined
  assert.ok(typeof link === 'string')
  return new URL(link).searchParams.get('$skiptoken') ?? undefined
}

for (const engine of engines) {
  describe(`lists of secrets on ${engine.name}`, { skip: engine.skip }, () => {
    const clock = new HandClock()
    let its: VaultHarness
    let place: Place

    before(async () => {
      its = await VaultHarness.open(engine, { clock })
    })

    after(async () => {
      await its.close()
    })

    function list(query: Readonly<Record<string, string>> = {}, of = place) {
      return its.call('getSecrets', of, { query })
    }

    function versions(name: string, query: Readonly<Record<string, string>> = {}) {
      return its.call('getSecretVersions', place, { path: { name }, query })
    }

    /** Every item of a list, page by page; `between` runs after each page. */
    async function walk(
      ask: (query: Readonly<Record<string, string>>) => Promise<Answered>,
      size: number,
      between = async () => {},
    ) {
      const items: Item[] = []
      let pages = 0
      for (let token: string | undefined = ''; token !== undefined; pages++) {
        const page: Answered = await ask({ maxresults: String(size), ...(token === '' ? {} : { $skiptoken: token }) })
        assert.equal(page.status, 200, page.text)
        assert.ok(page.body.value.length <= size)
        items.push(...page.body.value)
        token = tokenOf(page)
        await between()
      }
      return { items, pages, names: items.map((item) => item.id.split('/secrets/')[1] ?? '') }
    }

    test('an empty vault has one empty page', async () => {
      place = await its.place()
      assert.equal((await list()).text, '{"value":[],"nextLink":null}')
    })

    test('a list shows each secret once, by name, with base id and the latest attributes, never a value', async () => {
      place = await its.place()
      const value = 'canary-listed-1b7e'
      for (const name of ['b', 'A', 'a-1', 'a1', 'C']) await its.set(place, name, value)
      await its.set(place, 'b', value, { contentType: 'newer', tags: { t: '1' } })
      const page = await list()
      assert.equal(page.text.includes('canary'), false)
      assert.equal(page.body.nextLink, null)
      const origin = `https://${place.name}.vault.azure.net`
      assert.deepEqual(
        page.body.value.map((item: Item) => item.id),
        ['A', 'a-1', 'a1', 'b', 'C'].map((name) => `${origin}/secrets/${name}`),
      )
      const { created, updated, ...attributes } = page.body.value[3].attributes
      assert.equal(created, updated)
      assert.deepEqual(
        { ...page.body.value[3], attributes },
        {
          contentType: 'newer',
          id: `${origin}/secrets/b`,
          attributes: { enabled: true, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 },
          tags: { t: '1' },
        },
      )
    })

    test('a disabled secret is listed as such', async () => {
      place = await its.place()
      await its.set(place, 'off', 'v', { attributes: { enabled: false } })
      assert.equal((await list()).body.value[0].attributes.enabled, false)
    })

    test('pages have 25 items unless asked for fewer, and end with a null link', async () => {
      place = await its.place()
      for (let at = 0; at < 26; at++) await its.set(place, `n${String(at).padStart(2, '0')}`, 'v')
      const first = await list()
      assert.equal(first.body.value.length, 25)
      const link = String(first.body.nextLink)
      assert.match(
        link,
        new RegExp(
          `^https://${place.name}\\.vault\\.azure\\.net/secrets\\?api-version=7\\.4&\\$skiptoken=[\\w-]+&maxresults=25$`,
        ),
      )
      const second = await list({ $skiptoken: tokenOf(first) ?? '' })
      assert.deepEqual([second.body.value.length, second.body.nextLink], [1, null])
      const exact = await walk(list, 13)
      assert.deepEqual([exact.pages, exact.items.length, new Set(exact.names).size], [2, 26, 26])
    })

    test('inserts between pages neither repeat nor hide an item', async () => {
      place = await its.place()
      const before = ['d', 'h', 'l', 'p', 't']
      for (const name of before) await its.set(place, name, 'v')
      const inserted = ['a', 'i', 'm', 'z', 'e', 'b']
      const walked = await walk(list, 2, async () => {
        const name = inserted.shift()
        if (name !== undefined) await its.set(place, name, 'v')
      })
      assert.equal(new Set(walked.names).size, walked.names.length)
      for (const name of before) assert.ok(walked.names.includes(name), name)
    })

    test('deleted secrets are not listed, and make no page shorter', async () => {
      place = await its.place()
      for (let at = 0; at < 9; at++) await its.set(place, `n${at}`, 'v')
      for (const name of ['n1', 'n2', 'n3', 'n4', 'n8']) await its.call('deleteSecret', place, { path: { name } })
      const walked = await walk(list, 2)
      assert.deepEqual(walked.names, ['n0', 'n5', 'n6', 'n7'])
      assert.equal(walked.pages, 2)
    })

    test('100 versions are listed by version id, page by page', async () => {
      place = await its.place()
      const made: string[] = []
      for (let at = 0; at < 100; at++) made.push(await its.set(place, 'many', String(at)))
      await its.set(place, 'many-more', 'v')
      const walked = await walk((query) => versions('MANY', query), 25)
      assert.deepEqual(
        walked.names,
        made.toSorted().map((version) => `many/${version}`),
      )
      assert.equal(walked.pages, 4)
      assert.equal((await its.get(place, 'many')).body.value, '99')
    })

    test('the versions of a secret that is not there are an empty list', async () => {
      place = await its.place()
      assert.equal((await versions('nothing')).text, '{"value":[],"nextLink":null}')
    })

    test('an edited token, and one of another list, vault or secret, is refused', async () => {
      place = await its.place()
      const other = await its.place()
      for (const name of ['a', 'b', 'c']) {
        await its.set(place, name, 'v')
        await its.set(place, name, 'w')
        await its.set(other, name, 'v')
      }
      const token = tokenOf(await list({ maxresults: '1' })) ?? ''
      const versionsToken = tokenOf(await versions('a', { maxresults: '1' })) ?? ''
      const refused = [
        await list({ $skiptoken: `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` }),
        await list({ $skiptoken: 'AAAA' }),
        await list({ $skiptoken: '' }),
        await list({ $skiptoken: versionsToken }),
        await list({ $skiptoken: token }, other),
        await versions('b', { $skiptoken: versionsToken }),
      ]
      for (const answer of refused) {
        assert.equal(answer.status, 400)
        assert.deepEqual(answer.body, {
          error: { code: 'BadParameter', message: "The parameter '$skiptoken' is invalid." },
        })
      }
      assert.equal((await list({ $skiptoken: token })).status, 200)
      assert.equal((await versions('A', { $skiptoken: versionsToken })).status, 200)
    })
  })
}
