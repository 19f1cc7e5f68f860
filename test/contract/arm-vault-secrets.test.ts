import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { tryParseSecretName } from '#base/ids.ts'
import { randomHex } from '#base/random.ts'
import { createTenant, engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'
import { HandClock, VaultHarness } from './vault-harness.ts'

const canary = 'c4n4ry-value'

for (const engine of engines) {
  describe(`secrets through the resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let vault: string
    before(async () => {
      arm = await ArmHarness.open(engine)
      vault = arm.inGroup(`/providers/Microsoft.KeyVault/vaults/kv-${randomHex(5)}`)
      const properties = { tenantId: arm.tenant, sku: { name: 'standard', family: 'A' }, enableRbacAuthorization: true }
      const made = await arm.send('PUT', vault, { body: { location: 'westeurope', properties } })
      assert.equal(made.status, 201, made.text)
    })
    after(() => arm.close())

    const put = (name: string, properties: object, top: object = {}) =>
      arm.send('PUT', `${vault}/secrets/${name}`, { body: { properties, ...top } })
    const get = (name: string) => arm.send('GET', `${vault}/secrets/${name}`)
    const patch = (name: string, body: object) => arm.send('PATCH', `${vault}/secrets/${name}`, { body })

    test('a secret is created with 201 and a version with 200; its value is in no answer and no record', async () => {
      const attributes = { enabled: true, nbf: 1, exp: 2_000_000_000 }
      const given = { value: canary, contentType: 'text/plain', attributes }
      const created = await put('Db-Pass', given, { tags: { a: 'b' } })
      assert.equal(created.status, 201, created.text)
      const { secretUriWithVersion, attributes: shown } = created.body.properties
      const name = vault.split('/').at(-1)
      assert.match(
        secretUriWithVersion,
        new RegExp(`^https://${name}\\.vault\\.azure\\.net/secrets/Db-Pass/[0-9a-f]{32}$`),
      )
      assert.deepEqual(created.body, {
        id: `${vault}/secrets/Db-Pass`,
        name: 'Db-Pass',
        type: 'Microsoft.KeyVault/vaults/secrets',
        location: 'westeurope',
        tags: { a: 'b' },
        properties: {
          contentType: 'text/plain',
          attributes: { ...attributes, created: shown.created, updated: shown.updated },
          secretUri: `https://${name}.vault.azure.net/secrets/Db-Pass`,
          secretUriWithVersion,
        },
      })
      assert.deepEqual((await get('db-pass')).body, created.body)
      const again = await put('db-pass', { value: `${canary}2`, contentType: null })
      assert.deepEqual([again.status, again.body.name, again.body.tags], [200, 'Db-Pass', {}])
      assert.notEqual(again.body.properties.secretUriWithVersion, secretUriWithVersion)
      for (const record of arm.records) assert.ok(!record.body.includes(canary))
      const stored = await arm.database.system('read', (kysely) =>
        kysely.selectFrom('secret_version').select(['sealed_value', 'sealed_key']).execute(),
      )
      for (const row of stored) assert.ok(!row.sealed_value.includes(canary))
    })

    test('a PATCH changes the latest version, or makes one that takes over what is not given', async () => {
      const first = await put(
        'patched',
        { value: 'one', contentType: 'a', attributes: { exp: 2_000_000_000 } },
        { tags: { a: 'b' } },
      )
      const changed = await patch('patched', { properties: { contentType: 'b', attributes: { enabled: false } } })
      assert.equal(changed.status, 200, changed.text)
      assert.deepEqual(changed.body.properties, {
        ...first.body.properties,
        contentType: 'b',
        attributes: {
          ...first.body.properties.attributes,
          enabled: false,
          updated: changed.body.properties.attributes.updated,
        },
      })
      const renewed = await patch('patched', { properties: { value: 'two', attributes: { enabled: true } } })
      const { secretUriWithVersion, attributes, contentType } = renewed.body.properties
      assert.notEqual(secretUriWithVersion, first.body.properties.secretUriWithVersion)
      assert.deepEqual(
        [contentType, attributes.enabled, attributes.exp, renewed.body.tags],
        ['b', true, 2_000_000_000, { a: 'b' }],
      )
      const reversed = await patch('patched', { properties: { value: 'x', attributes: { nbf: 2_000_000_001 } } })
      assert.deepEqual([reversed.status, reversed.body.error.code], [400, 'BadParameter'])
    })

    test('secrets are listed by name, page by page', async () => {
      for (const name of ['l-c', 'l-a', 'l-b']) await put(name, { value: canary })
      const names: string[] = []
      let query: Record<string, string> = { $top: '2' }
      for (;;) {
        const page = await arm.send('GET', `${vault}/secrets`, { query })
        assert.equal(page.status, 200, page.text)
        assert.ok(!page.text.includes(canary))
        names.push(...page.body.value.map((item: { name: string }) => item.name))
        if (page.body.nextLink === undefined) break
        query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
      }
      assert.deepEqual(
        names.filter((name) => name.startsWith('l-')),
        ['l-a', 'l-b', 'l-c'],
      )
    })

    test('what is wrong is refused by the rules of the data plane', async () => {
      const cases: readonly (readonly [string, object, number, string])[] = [
        ['bad', { properties: {} }, 400, 'BadParameter'],
        ['bad', { properties: { value: 7 } }, 400, 'BadParameter'],
        ['bad', { properties: { value: 'x'.repeat(25_601) } }, 400, 'BadParameter'],
        ['bad', { properties: { value: 'x', attributes: { nbf: 2, exp: 1 } } }, 400, 'BadParameter'],
        ['bad', { properties: { value: 'x' }, tags: { a: 1 } }, 400, 'BadParameter'],
        ['bad', { properties: [] }, 400, 'InvalidRequestContent'],
        ['under_score', { properties: { value: 'x' } }, 400, 'InvalidResourceName'],
      ]
      for (const [name, body, status, code] of cases) {
        const answer = await arm.send('PUT', `${vault}/secrets/${name}`, { body })
        assert.deepEqual([answer.status, answer.body.error?.code], [status, code], answer.text)
      }
      const absent = await get('absent')
      assert.deepEqual(
        [absent.status, absent.body.error],
        [
          404,
          {
            code: 'ResourceNotFound',
            message: `The Resource 'Microsoft.KeyVault/vaults/${vault.split('/').at(-1)}/secrets/absent' under resource group 'rg1' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
          },
        ],
      )
      for (const properties of [{ contentType: 'a' }, { value: 'x' }]) {
        assert.equal((await patch('absent', { properties })).status, 404)
      }
      const noVault = await arm.send('PUT', `${vault}x/secrets/db`, { body: { properties: { value: 'x' } } })
      assert.deepEqual([noVault.status, noVault.body.error.code], [404, 'ResourceNotFound'])
    })

    test('members that nothing reads are ignored as deep as a body may be', async () => {
      const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) })
      // The body, its properties and the attributes hold it: three levels above 29 are 32.
      const deep = await put('deep', { value: canary, attributes: { enabled: true, unknown: nested(28) } })
      assert.deepEqual([deep.status, deep.body.properties?.attributes.enabled], [201, true], deep.text)
      const changed = await patch('deep', { properties: { contentType: 'a', attributes: { unknown: nested(28) } } })
      assert.deepEqual([changed.status, changed.body.properties?.contentType], [200, 'a'], changed.text)
      for (const answer of [
        await put('deep', { value: canary, attributes: { unknown: nested(29) } }),
        await patch('deep', { properties: { attributes: { unknown: nested(29) } } }),
      ]) {
        assert.deepEqual([answer.status, answer.body.error?.code], [400, 'InvalidRequestContent'], answer.text)
      }
      const tags = await put('deep', { value: canary }, { tags: { a: nested(20) } })
      assert.deepEqual([tags.status, tags.body.error?.code], [400, 'BadParameter'], tags.text)
    })

    test('roles of the data plane open nothing here, and a Reader may not write', async () => {
      await put('guarded', { value: canary })
      const user = await arm.user([['keyVaultSecretsUser', vault]])
      const reader = await arm.user([['reader', vault]])
      assert.equal((await arm.send('GET', `${vault}/secrets/guarded`, { as: user })).status, 403)
      assert.equal((await arm.send('GET', `${vault}/secrets/guarded`, { as: reader })).status, 200)
      const body = { properties: { value: 'x' } }
      for (const method of ['PUT', 'PATCH']) {
        const refused = await arm.send(method, `${vault}/secrets/guarded`, { as: reader, body })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
      }
    })
  })

  describe(`a secret that the control plane set, on ${engine.name}`, { skip: engine.skip }, () => {
    test('is read and renewed by the data plane as one of its own', async () => {
      const its = await VaultHarness.open(engine, { clock: new HandClock() })
      try {
        const place = await its.place()
        const name = tryParseSecretName('db')
        assert.ok(name !== undefined)
        const { secrets } = its.vault
        const given = secrets.parseNew({ value: canary, contentType: 'text/plain' })
        const sealed = await secrets.seal({ tenant: its.tenant, vaultName: place.name, name }, given.value)
        assert.ok(sealed !== undefined)
        const saved = await its.write((writer) => secrets.set(writer, name, { sealed, given }))
        const read = await its.get(place, 'db')
        assert.deepEqual([read.status, read.body.value, read.body.contentType], [200, canary, 'text/plain'])
        assert.ok(read.body.id.endsWith(saved.version))
        const version = await its.set(place, 'db', 'next')
        const found = await its.read((reader) => secrets.find(reader, { vault: sealed.vault, name }))
        assert.deepEqual([found?.version, found?.previousVersion], [version, saved.version])
      } finally {
        await its.close()
      }
    })

    test('is sealed for no vault of another tenant, and for none that is not there', async () => {
      const its = await VaultHarness.open(engine, { clock: new HandClock() })
      try {
        const place = await its.place()
        const name = tryParseSecretName('db')
        assert.ok(name !== undefined)
        const { secrets } = its.vault
        const { value } = secrets.parseNew({ value: canary })
        const stranger = await createTenant(its.database)
        assert.equal(await secrets.seal({ tenant: stranger, vaultName: place.name, name }, value), undefined)
        assert.equal(await secrets.seal({ tenant: its.tenant, vaultName: 'kv-absent', name }, value), undefined)
      } finally {
        await its.close()
      }
    })
  })
}
