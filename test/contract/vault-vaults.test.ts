import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type TenantId, trustGuid, tryParseVaultName, type VaultName } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { createTenant, engines } from '../support/databases.ts'
import { HandClock, VaultHarness } from './vault-harness.ts'

function nameOf(text: string): VaultName {
  const name = tryParseVaultName(text)
  assert.ok(name !== undefined)
  return name
}

function freshName(): string {
  return `Kv-${randomGuid().slice(0, 13)}`
}

for (const engine of engines) {
  describe(`vaults on ${engine.name}`, { skip: engine.skip }, () => {
    let its: VaultHarness

    before(async () => {
      its = await VaultHarness.open(engine, { clock: new HandClock() })
    })

    after(async () => {
      await its.close()
    })

    test('a created vault is resolved to its place, in any letter case', async () => {
      const name = freshName()
      assert.equal(await its.vault.resolve(name), undefined)
      const record = await its.createVault(name)
      assert.ok(record !== undefined)
      const place = await its.vault.resolve(name.toUpperCase())
      assert.deepEqual(place, {
        kind: 'vault',
        tenant: its.tenant,
        id: record.id,
        scope: {
          segments: [
            'subscriptions',
            its.subscription,
            'resourcegroups',
            'rg1',
            'providers',
            'microsoft.keyvault',
            'vaults',
            name.toLowerCase(),
          ],
          path: `/subscriptions/${its.subscription}/resourcegroups/rg1/providers/microsoft.keyvault/vaults/${name.toLowerCase()}`,
        },
        name: name.toLowerCase(),
        location: 'westeurope',
      })
    })

    test('a known vault is resolved at once, as the same object, also after the generation moved', async () => {
      const name = freshName()
      const place = await its.place(name)
      assert.equal(its.vault.resolve(name), place)
      await its.createVault(freshName())
      assert.equal(await its.vault.resolve(name), place)
    })

    test('what is no vault name is no vault', async () => {
      for (const name of ['', 'a', '-ab', 'a--b', 'ab-', 'a.b', '1ab', 'x'.repeat(25), "a'b", 'a b']) {
        assert.equal(await its.vault.resolve(name), undefined)
      }
    })

    test('a deleted vault is resolved no longer, and its secrets are gone from the next call on', async () => {
      const name = freshName()
      const place = await its.place(name)
      await its.set(place, 'a', 'v')
      assert.equal((await its.get(place, 'a')).status, 200)
      await its.write(
        (writer) => writer.kysely.updateTable('vault').set({ state: 'deleted' }).where('id', '=', place.id).execute(),
        'generation',
      )
      assert.equal(await its.vault.resolve(name), undefined)
      const answers = [
        await its.get(place, 'a'),
        await its.call('getSecrets', place),
        await its.call('setSecret', place, { path: { name: 'a' }, body: { value: 'w' } }),
      ]
      for (const answer of answers) assert.deepEqual([answer.status, answer.body.error.code], [404, 'VaultNotFound'])
    })

    test('a taken name is refused in every letter case and tenant, and leaves nothing behind', async () => {
      const name = freshName()
      const first = await its.createVault(name)
      assert.ok(first !== undefined)
      assert.equal(await its.createVault(name.toUpperCase()), undefined)
      const tenant = await createTenant(its.database)
      const { tenant: _tenant, id: _id, state: _state, history: _history, ...vault } = first
      const elsewhere = await its.database.write({ tenant, moves: 'generation' }, (writer) =>
        its.vault.vaults.create(writer, { ...vault, author: { by: 'x', type: 'User' } }),
      )
      assert.equal(elsewhere, undefined)
      const domains = await its.database.system('read', (kysely) =>
        kysely.selectFrom('domain_key').select('domain').where('domain', 'like', 'vault/%').execute(),
      )
      const vaults = await its.database.system('read', (kysely) => kysely.selectFrom('vault').select('id').execute())
      assert.deepEqual(domains.map((row) => row.domain).toSorted(), vaults.map((row) => `vault/${row.id}`).toSorted())
    })

    test('a record is found by name in its own tenant alone, with what its owner chose', async () => {
      const name = freshName()
      const chosen = {
        location: 'northeurope',
        tags: { team: 'a', __proto__x: 'b' },
        retentionDays: 7,
        settings: {
          sku: 'premium',
          enabledForDeployment: true,
          enabledForDiskEncryption: false,
          enabledForTemplateDeployment: true,
          purgeProtection: true,
          networkBypass: 'None',
          networkDefaultAction: 'Deny',
          ipRules: ['10.0.0.0/8', 'fd00::1'],
          virtualNetworkRules: [{ id: '/subscriptions/s/subnets/x', ignoreMissingVnetServiceEndpoint: true }],
          publicNetworkAccess: 'Disabled',
          privateEndpointConnections: [{ name: 'office', status: 'Approved', description: 'ours' }],
          rbacAuthorization: false,
          accessPolicies: [
            {
              tenantId: trustGuid(randomGuid()),
              objectId: trustGuid(randomGuid()),
              applicationId: trustGuid(randomGuid()),
              permissions: { keys: ['wrapKey'], secrets: [], storage: ['all'] },
            },
          ],
        },
        author: { by: 'app', type: 'ManagedIdentity' },
      } as const
      const created = await its.createVault(name, chosen)
      const found = await its.read((reader) => its.vault.vaults.findByName(reader, nameOf(name)))
      assert.deepEqual(found, created)
      const { author, ...rest } = chosen
      const { history, id: _id, ...shown } = found ?? assert.fail('not found')
      assert.deepEqual(shown, {
        ...rest,
        tenant: its.tenant,
        address: { subscription: its.subscription, resourceGroup: 'RG1', name },
        state: 'active',
        deletion: undefined,
      })
      assert.deepEqual([history.createdBy, history.updatedBy], [author, author])
      assert.deepEqual(history.createdAt, history.updatedAt)
      const tenant = await createTenant(its.database)
      const foreign = await its.database.read({ tenant }, (reader) => its.vault.vaults.findByName(reader, nameOf(name)))
      assert.equal(foreign, undefined)
    })

    test('an update replaces tags and settings and keeps the rest', async () => {
      const name = freshName()
      const created = await its.createVault(name)
      assert.ok(created !== undefined)
      const settings = { ...created.settings, purgeProtection: true }
      const author = { by: 'other', type: 'Application' } as const
      const updated = await its.write(
        (writer) => its.vault.vaults.update(writer, created.id, { tags: { a: 'b' }, settings, author }),
        'generation',
      )
      assert.deepEqual(
        { ...updated, history: undefined },
        { ...created, tags: { a: 'b' }, settings, history: undefined },
      )
      assert.deepEqual(updated.history.createdBy, created.history.createdBy)
      assert.deepEqual(updated.history.updatedBy, author)
      assert.deepEqual(await its.read((reader) => its.vault.vaults.findByName(reader, nameOf(name))), updated)
    })

    test('an update reaches no vault of another tenant', async () => {
      const created = await its.createVault(freshName())
      assert.ok(created !== undefined)
      const tenant: TenantId = await createTenant(its.database)
      const author = { by: 'x', type: 'User' } as const
      await assert.rejects(
        its.database.write({ tenant, moves: 'generation' }, (writer) =>
          its.vault.vaults.update(writer, created.id, { tags: {}, settings: created.settings, author }),
        ),
        { kind: 'not-found', code: 'VaultNotFound' },
      )
    })

    test('a list goes by group and name, page by page, within one subscription', async () => {
      const subscription = trustGuid<typeof its.subscription>(randomGuid())
      const prefix = `l${randomGuid().slice(0, 8)}`
      const add = (resourceGroup: string, name: string) =>
        its.createVault(`${prefix}${name}`, { address: { subscription, resourceGroup, name: `${prefix}${name}` } })
      for (const [group, name] of [
        ['b', 'x1'],
        ['A', 'x3'],
        ['b', 'x0'],
        ['a', 'x2'],
      ] as const)
        await add(group, name)
      await its.createVault(freshName())
      const list = (query: object) =>
        its.read((reader) => its.vault.vaults.list(reader, { subscription, limit: 10, ...query }))
      const names = (records: readonly { readonly address: { readonly name: string } }[]) =>
        records.map((record) => record.address.name.slice(prefix.length))
      assert.deepEqual(names(await list({})), ['x2', 'x3', 'x0', 'x1'])
      assert.deepEqual(names(await list({ limit: 2 })), ['x2', 'x3'])
      assert.deepEqual(names(await list({ after: { resourceGroup: 'a', name: `${prefix}x3` } })), ['x0', 'x1'])
      assert.deepEqual(names(await list({ after: { resourceGroup: 'b', name: `${prefix}x0` } })), ['x1'])
      assert.deepEqual(names(await list({ resourceGroup: 'B' })), ['x0', 'x1'])
      assert.deepEqual(names(await list({ name: `${prefix.toUpperCase()}X3` })), ['x3'])
      assert.deepEqual(names(await list({ resourceGroup: 'c' })), [])
    })

    test('a damaged row is no vault', async () => {
      const name = freshName()
      const place = await its.place(name)
      await its.write(
        (writer) =>
          writer.kysely.updateTable('vault').set({ properties_json: '{}' }).where('id', '=', place.id).execute(),
        'generation',
      )
      await assert.rejects(async () => its.vault.resolve(name), { kind: 'internal', code: 'RowBroken' })
      assert.equal((await its.call('getSecrets', place)).body.error.code, 'RowBroken')
    })
  })
}
