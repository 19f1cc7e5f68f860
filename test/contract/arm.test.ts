import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness, type Sent } from './arm-harness.ts'

for (const engine of engines) {
  describe(`resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const newVault = () => `kv-${randomHex(5)}`
    const vaultPath = (name: string) => arm.inGroup(`/providers/Microsoft.KeyVault/vaults/${name}`)
    const vaultBody = (properties: object = {}, top: object = {}) => ({
      location: 'westeurope',
      properties: {
        tenantId: arm.tenant,
        sku: { name: 'standard', family: 'A' },
        accessPolicies: [],
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' },
        ...properties,
      },
      ...top,
    })

    async function makeVault(name = newVault()): Promise<string> {
      const made = await arm.send('PUT', vaultPath(name), { body: vaultBody() })
      assert.equal(made.status, 201, made.text)
      return name
    }

    test('text that an engine cannot store is refused, in bodies, filters and page tokens', async () => {
      const refused = async (method: string, path: string, sent: Sent, code: string) => {
        const answer = await arm.send(method, path, sent)
        assert.deepEqual([answer.status, answer.body.error.code], [400, code])
      }
      const tags = { a: 'b\0' }
      await refused(
        'PUT',
        arm.path('/resourcegroups/rg-nul'),
        { body: { location: 'westeurope', tags } },
        'InvalidRequestContent',
      )
      await refused('PUT', vaultPath(newVault()), { body: vaultBody({}, { tags }) }, 'InvalidRequestContent')
      const filter = { $filter: "tagName eq 'a' and tagValue eq 'b\0'" }
      await refused('GET', arm.path('/resources'), { query: filter }, 'InvalidFilterInQueryString')
      const token = { $skiptoken: Buffer.from(JSON.stringify(['rg1', 'a\0'])).toString('base64url') }
      for (const list of [
        '/resources',
        '/providers/Microsoft.KeyVault/vaults',
        '/providers/Microsoft.App/containerApps',
      ]) {
        await refused('GET', arm.path(list), { query: token }, 'InvalidSkipToken')
      }
    })

    describe('resource groups', () => {
      test('a group is created with 201 and its tags are replaced with 200; its name keeps its letter case', async () => {
        const path = arm.path('/resourcegroups/Rg-Case')
        const created = await arm.send('PUT', path, { body: { location: 'West Europe', tags: { a: '1' } } })
        assert.equal(created.status, 201)
        assert.deepEqual(created.body, {
          id: arm.path('/resourceGroups/Rg-Case'),
          name: 'Rg-Case',
          type: 'Microsoft.Resources/resourceGroups',
          location: 'westeurope',
          tags: { a: '1' },
          properties: { provisioningState: 'Succeeded' },
        })
        const other = arm.path('/resourceGroups/RG-CASE')
        const changed = await arm.send('PUT', other, { body: { location: 'westeurope', tags: { b: '2' } } })
        assert.equal(changed.status, 200)
        assert.deepEqual(changed.body, { ...created.body, tags: { b: '2' } })
        const patched = await arm.send('PATCH', path, { body: { tags: { c: '3' } } })
        assert.deepEqual([patched.status, patched.body.tags], [200, { c: '3' }])
        const got = await arm.send('GET', path)
        assert.deepEqual([got.status, got.body.tags], [200, { c: '3' }])
      })

      test('another location is refused with 409', async () => {
        const answer = await arm.send('PUT', arm.path('/resourceGroups/rg1'), { body: { location: 'eastus' } })
        assert.deepEqual([answer.status, answer.body.error.code], [409, 'InvalidResourceGroupLocation'])
      })

      test('HEAD says 204 or 404', async () => {
        assert.equal((await arm.send('HEAD', arm.path('/resourcegroups/rg1'))).status, 204)
        const absent = await arm.send('HEAD', arm.path('/resourcegroups/none'))
        assert.deepEqual([absent.status, absent.text], [404, ''])
      })

      test('a missing group answers ResourceGroupNotFound', async () => {
        const answer = await arm.send('GET', arm.path('/resourcegroups/none'))
        assert.equal(answer.status, 404)
        assert.deepEqual(answer.body, {
          error: { code: 'ResourceGroupNotFound', message: "Resource group 'none' could not be found." },
        })
      })

      test('a list shows the groups that the caller may read, over pages', async () => {
        for (const name of ['page-1', 'page-2', 'page-3']) {
          await arm.send('PUT', arm.path(`/resourcegroups/${name}`), { body: { location: 'local' } })
        }
        const reader = await arm.user([
          ['reader', arm.path('/resourceGroups/page-1')],
          ['reader', arm.path('/resourceGroups/page-3')],
        ])
        const first = await arm.send('GET', arm.path('/resourcegroups'), { as: reader, query: { $top: '1' } })
        assert.deepEqual(
          first.body.value.map((group: { name: string }) => group.name),
          ['page-1'],
        )
        const next = new URL(first.body.nextLink)
        assert.equal(next.origin, 'https://management.azure.com')
        assert.equal(next.searchParams.get('api-version'), '2026-02-01')
        const second = await arm.send('GET', next.pathname, {
          as: reader,
          query: Object.fromEntries(next.searchParams),
        })
        assert.deepEqual(
          second.body.value.map((group: { name: string }) => group.name),
          ['page-3'],
        )
        assert.equal(second.body.nextLink, undefined)
        const nobody = await arm.user()
        const none = await arm.send('GET', arm.path('/resourcegroups'), { as: nobody })
        assert.deepEqual([none.status, none.body], [200, { value: [] }])
      })

      test('bad names and unknown locations are refused', async () => {
        const cases: readonly (readonly [string, object, string])[] = [
          ['ends.', { location: 'local' }, 'InvalidResourceGroup'],
          ['x'.repeat(91), { location: 'local' }, 'InvalidResourceGroup'],
          ['gr%C3%BCn', { location: 'local' }, 'InvalidResourceGroup'],
          ['ok', { location: 'atlantis' }, 'LocationNotAvailableForResourceGroup'],
          ['ok', {}, 'LocationRequired'],
          ['ok', { location: 'local', tags: { a: 1 } }, 'InvalidTags'],
        ]
        for (const [name, body, code] of cases) {
          const answer = await arm.send('PUT', arm.path(`/resourcegroups/${name}`), { body })
          assert.deepEqual([name, answer.status, answer.body.error.code], [name, 400, code])
        }
      })
    })

    describe('subscriptions, tenants and providers', () => {
      test('a caller with a role on one vault sees the subscription; a caller without any sees none', async () => {
        const vault = await makeVault()
        const app = await arm.user([['keyVaultSecretsUser', vaultPath(vault)]])
        const seen = await arm.send('GET', '/subscriptions', { as: app })
        assert.deepEqual(
          seen.body.value.map((item: { subscriptionId: string }) => item.subscriptionId),
          [arm.subscription],
        )
        assert.equal((await arm.send('GET', arm.path(), { as: app })).body.displayName, 'Test subscription')
        const nobody = await arm.user()
        assert.deepEqual((await arm.send('GET', '/subscriptions', { as: nobody })).body.value, [])
        const hidden = await arm.send('GET', arm.path(), { as: nobody })
        assert.deepEqual([hidden.status, hidden.body.error.code], [404, 'SubscriptionNotFound'])
      })

      test('providers are registered and name their locations', async () => {
        const provider = await arm.send('GET', arm.path('/providers/microsoft.app'))
        assert.equal(provider.body.namespace, 'Microsoft.App')
        assert.equal(provider.body.registrationState, 'Registered')
        const types: { resourceType: string; locations: string[] }[] = provider.body.resourceTypes
        assert.ok(types.find(({ resourceType }) => resourceType === 'containerApps')?.locations.includes('West Europe'))
        const unknown = await arm.send('GET', arm.path('/providers/Microsoft.Nothing'))
        assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'InvalidResourceNamespace'])
        assert.equal((await arm.send('GET', arm.path('/providers'))).body.value.length, 7)
      })

      test('tenants and locations are listed', async () => {
        assert.equal((await arm.send('GET', '/tenants')).body.value[0].tenantId, arm.tenant)
        const locations = await arm.send('GET', arm.path('/locations'))
        assert.ok(locations.body.value.some((location: { name: string }) => location.name === 'westeurope'))
      })

      test('metadata comes in the shape of the api-version, under the names of the host', async () => {
        const origin = 'https://management.localhost:8443'
        const newest = await arm.send('GET', '/metadata/endpoints', { origin, apiVersion: '2022-09-01' })
        assert.equal(newest.body.authentication.loginEndpoint, 'https://login.localhost:8443')
        assert.equal(newest.body.suffixes.keyVaultDns, 'vault.localhost:8443')
        const list = await arm.send('GET', '/metadata/endpoints', { origin, apiVersion: '2019-05-01' })
        assert.deepEqual(list.body, [newest.body])
        const old = await arm.send('GET', '/metadata/endpoints', { origin, apiVersion: '2015-01-01' })
        assert.equal(old.body.authentication.loginEndpoint, 'https://login.localhost:8443/')
      })
    })

    describe('vaults', () => {
      test('a vault is created with 201, shown as az needs it, and updated with 200', async () => {
        const name = newVault()
        const created = await arm.send('PUT', vaultPath(name), { body: vaultBody({}, { tags: { env: 'test' } }) })
        assert.equal(created.status, 201, created.text)
        const at = arm.clock.now().toISOString()
        const author = { createdBy: 'someone@test', createdByType: 'User' }
        const expected = {
          id: vaultPath(name),
          name,
          type: 'Microsoft.KeyVault/vaults',
          location: 'westeurope',
          tags: { env: 'test' },
          systemData: created.body.systemData,
          properties: {
            sku: { family: 'A', name: 'standard' },
            tenantId: arm.tenant,
            accessPolicies: [],
            networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
            enabledForDeployment: false,
            enabledForDiskEncryption: false,
            enabledForTemplateDeployment: false,
            enableSoftDelete: true,
            softDeleteRetentionInDays: 90,
            enableRbacAuthorization: true,
            vaultUri: `https://${name}.vault.azure.net/`,
            provisioningState: 'Succeeded',
            publicNetworkAccess: 'Enabled',
          },
        }
        assert.deepEqual(created.body, expected)
        assert.equal(created.body.systemData.createdBy, author.createdBy)
        assert.equal(created.body.systemData.createdByType, author.createdByType)
        if (engine.name === 'sqlite') assert.equal(created.body.systemData.createdAt, at)
        const echoed = { ...created.body, properties: { ...created.body.properties, enablePurgeProtection: true } }
        const updated = await arm.send('PUT', vaultPath(name), { body: echoed })
        assert.equal(updated.status, 200, updated.text)
        assert.equal(updated.body.properties.enablePurgeProtection, true)
        const kept = await arm.send('PUT', vaultPath(name), { body: vaultBody() })
        assert.equal(kept.body.properties.enablePurgeProtection, true)
        const own = await arm.send('GET', vaultPath(name), { origin: 'https://management.localhost:8443' })
        assert.equal(own.body.properties.vaultUri, `https://${name}.vault.localhost:8443/`)
      })

      test('what cannot be is refused and nothing is stored', async () => {
        const cases: readonly (readonly [object, string])[] = [
          [{ accessPolicies: [{ objectId: arm.operator }] }, 'InvalidRequestContent'],
          [{ networkAcls: { defaultAction: 'Maybe' } }, 'InvalidRequestContent'],
          [{ networkAcls: { defaultAction: 'Allow', ipRules: [{ value: '10.0.0.0/33' }] } }, 'BadRequest'],
          [{ publicNetworkAccess: 'SecuredByPerimeter' }, 'InvalidRequestContent'],
          [{ createMode: 'recover' }, 'SoftDeletedVaultDoesNotExist'],
          [{ enableSoftDelete: false }, 'BadRequest'],
          [{ enablePurgeProtection: false }, 'BadRequest'],
          [{ softDeleteRetentionInDays: 6 }, 'BadRequest'],
          [{ softDeleteRetentionInDays: 91 }, 'BadRequest'],
          [{ tenantId: '00000000-0000-4000-8000-000000000000' }, 'BadRequest'],
          [{ sku: { name: 'gold', family: 'A' } }, 'SkuNotSupported'],
          [{ sku: 'standard' }, 'InvalidRequestContent'],
        ]
        const name = newVault()
        for (const [properties, code] of cases) {
          const answer = await arm.send('PUT', vaultPath(name), { body: vaultBody(properties) })
          assert.deepEqual([properties, answer.status, answer.body.error.code], [properties, 400, code])
        }
        const absent = await arm.send('GET', vaultPath(name))
        assert.equal(absent.status, 404)
        assert.deepEqual(absent.body, {
          error: {
            code: 'ResourceNotFound',
            message: `The Resource 'Microsoft.KeyVault/vaults/${name}' under resource group 'rg1' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
          },
        })
      })

      test('roles are the permission model by default from 2026-02-01 on, access policies before; an update keeps it', async () => {
        const name = newVault()
        const body = vaultBody({ enableRbacAuthorization: null })
        const old = await arm.send('PUT', vaultPath(newVault()), { body, apiVersion: '2025-05-01' })
        assert.deepEqual([old.status, old.body.properties.enableRbacAuthorization], [201, false])
        assert.equal((await arm.send('PUT', vaultPath(name), { body })).status, 201)
        const update = await arm.send('PUT', vaultPath(name), { body, apiVersion: '2025-05-01' })
        assert.deepEqual([update.status, update.body.properties.enableRbacAuthorization], [200, true])
      })

      test('bad names are refused with VaultNameNotValid', async () => {
        for (const name of ['ab', 'a'.repeat(25), '1abc', 'abc-', 'a--b', 'a_b']) {
          const answer = await arm.send('PUT', vaultPath(name), { body: vaultBody() })
          assert.deepEqual([name, answer.status, answer.body.error.code], [name, 400, 'VaultNameNotValid'])
        }
      })

      test('a name is taken in every group, and in any letter case', async () => {
        const name = await makeVault()
        await arm.send('PUT', arm.path('/resourcegroups/rg2'), { body: { location: 'westeurope' } })
        const path = arm.path(`/resourceGroups/rg2/providers/Microsoft.KeyVault/vaults/${name.toUpperCase()}`)
        const answer = await arm.send('PUT', path, { body: vaultBody() })
        assert.deepEqual([answer.status, answer.body.error.code], [409, 'VaultAlreadyExists'])
        assert.equal((await arm.send('GET', path)).status, 404)
      })

      test('location and retention cannot change', async () => {
        const name = await makeVault()
        const moved = await arm.send('PUT', vaultPath(name), { body: vaultBody({}, { location: 'eastus' }) })
        assert.deepEqual([moved.status, moved.body.error.code], [409, 'InvalidResourceLocation'])
        const shorter = await arm.send('PUT', vaultPath(name), { body: vaultBody({ softDeleteRetentionInDays: 30 }) })
        assert.deepEqual([shorter.status, shorter.body.error.code], [400, 'BadRequest'])
      })

      test('a vault needs its group, and write at the vault or above', async () => {
        const lost = arm.path(`/resourceGroups/none/providers/Microsoft.KeyVault/vaults/${newVault()}`)
        const homeless = await arm.send('PUT', lost, { body: vaultBody() })
        assert.deepEqual([homeless.status, homeless.body.error.code], [404, 'ResourceGroupNotFound'])
        const reader = await arm.user([['reader', arm.path()]])
        const name = newVault()
        const denied = await arm.send('PUT', vaultPath(name), { body: vaultBody(), as: reader })
        assert.equal(denied.status, 403)
        assert.equal(denied.body.error.code, 'AuthorizationFailed')
        assert.equal(
          denied.body.error.message,
          `The client 'someone@test' with object id '${reader}' does not have authorization to perform action 'Microsoft.KeyVault/vaults/write' over scope '${vaultPath(name).toLowerCase()}' or the scope is invalid. If access was recently granted, please refresh your credentials. Reason: no role assignment of the client or its groups at this scope or above grants this action.`,
        )
      })

      test('lists and the generic resource list show only what the caller may read, and honour the filter', async () => {
        const [seen, hidden] = [await makeVault(), await makeVault()]
        const reader = await arm.user([['reader', vaultPath(seen)]])
        const names = (answer: { body: { value: { name: string }[] } }) => answer.body.value.map(({ name }) => name)
        for (const path of [
          arm.path('/providers/Microsoft.KeyVault/vaults'),
          arm.inGroup('/providers/Microsoft.KeyVault/vaults'),
        ]) {
          assert.deepEqual(names(await arm.send('GET', path, { as: reader })), [seen])
          assert.ok(names(await arm.send('GET', path)).includes(hidden))
        }
        const filter = (name: string) => ({
          $filter: `resourceType eq 'Microsoft.KeyVault/vaults' and name eq '${name}'`,
        })
        const found = await arm.send('GET', arm.path('/resources'), { query: filter(seen.toUpperCase()) })
        assert.deepEqual(found.body.value, [
          { id: vaultPath(seen), name: seen, type: 'Microsoft.KeyVault/vaults', location: 'westeurope', tags: {} },
        ])
        assert.deepEqual(
          names(await arm.send('GET', arm.path('/resources'), { as: reader, query: filter(hidden) })),
          [],
        )
        const bad = await arm.send('GET', arm.path('/resources'), { query: { $filter: "substringof('x', name)" } })
        assert.deepEqual([bad.status, bad.body.error.code], [400, 'InvalidFilterInQueryString'])
      })

      test('the generic list pages over types', async () => {
        const environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/paged')
        await arm.send('PUT', environment, { body: { location: 'local', properties: {} } })
        await makeVault()
        await makeVault()
        const all = await arm.send('GET', arm.path('/resources'))
        const expected = all.body.value.map((item: { id: string }) => item.id)
        const found: string[] = []
        let query: Record<string, string> = { $top: '1' }
        for (let pages = 0; pages <= expected.length; pages++) {
          const page = await arm.send('GET', arm.path('/resources'), { query })
          found.push(...page.body.value.map((item: { id: string }) => item.id))
          if (page.body.nextLink === undefined) break
          query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
        }
        assert.deepEqual(found, expected)
        assert.ok(expected.length >= 3)
      })
    })

    test('every answered call has its record, and no body stands in one', async () => {
      const before = arm.records.length
      const name = newVault()
      await arm.send('PUT', vaultPath(name), { body: vaultBody({}, { tags: { note: 'canary-in-a-tag' } }) })
      await arm.send('GET', vaultPath(name))
      const records = arm.records.slice(before)
      assert.equal(records.length, 2)
      assert.ok(records.every(({ body }) => body.includes(`/vaults/${name}?api-version=2026-02-01`)))
      assert.ok(records.every(({ body }) => !body.includes('canary-in-a-tag')))
    })

    test('unknown types and namespaces are refused in Azure’s codes', async () => {
      const codes = []
      for (const path of [
        arm.inGroup('/providers/Microsoft.Nothing/things/x'),
        arm.inGroup('/providers/Microsoft.KeyVault/x/y'),
        '/nothing',
      ]) {
        const answer = await arm.send('GET', path)
        codes.push([answer.status, answer.body.error.code])
      }
      assert.deepEqual(codes, [
        [404, 'InvalidResourceNamespace'],
        [404, 'InvalidResourceType'],
        [404, 'MissingSubscription'],
      ])
    })
  })
}
