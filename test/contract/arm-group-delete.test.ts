import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomHex } from '#base/random.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'

for (const engine of engines) {
  describe(`the deletion of groups and environments on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const types = {
      vault: 'Microsoft.KeyVault/vaults',
      environment: 'Microsoft.App/managedEnvironments',
      app: 'Microsoft.App/containerApps',
      identity: 'Microsoft.ManagedIdentity/userAssignedIdentities',
      workspace: 'Microsoft.OperationalInsights/workspaces',
    } as const
    const at = (group: string, type: keyof typeof types, name: string) => `${group}/providers/${types[type]}/${name}`

    async function makeGroup(): Promise<string> {
      const group = arm.path(`/resourceGroups/Rg-${randomHex(4)}`)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      return group
    }

    async function put(path: string, properties: object = {}, top: object = {}) {
      const made = await arm.send('PUT', path, { body: { location: 'westeurope', properties, ...top } })
      assert.equal(made.status, 201, made.text)
      return made.body
    }

    const vault = () => ({
      tenantId: arm.tenant,
      sku: { name: 'standard', family: 'A' },
      enableRbacAuthorization: true,
    })
    const app = (environmentId: string) => ({
      environmentId,
      configuration: {},
      template: { containers: [{ name: 'main', image: 'hello:1' }] },
    })
    const systemAssigned = { identity: { type: 'SystemAssigned' } }
    const isPrincipal = async (id: string) =>
      (await arm.read((reader) => findPrincipal(reader, trustGuid<PrincipalId>(id)))) !== undefined

    async function assignedScopes(below: string): Promise<readonly string[]> {
      const rows = await arm.database.system('read', (kysely) =>
        kysely
          .selectFrom('role_assignment')
          .select('scope_canonical')
          .where('tenant_id', '=', arm.tenant)
          .where('scope_canonical', 'like', `${below.toLowerCase()}%`)
          .orderBy('scope_canonical')
          .execute(),
      )
      return rows.map((row) => row.scope_canonical)
    }

    test('a group goes with all that is in it, and a vault in it can still be recovered', async () => {
      const group = await makeGroup()
      const name = `kv-${randomHex(5)}`
      await put(at(group, 'vault', name), vault())
      const environment = await put(at(group, 'environment', 'env1'))
      const made = await put(at(group, 'app', 'app1'), app(environment.id), systemAssigned)
      const identity = await put(at(group, 'identity', 'id1'))
      await put(at(group, 'workspace', 'ws01'))
      const reader = await arm.user()
      for (const scope of [group, at(group, 'vault', name), at(group, 'app', 'app1')]) {
        await arm.assign(reader, builtInRoleIds.reader, scope)
      }

      const origin = 'https://management.localhost:8443'
      const deleted = await arm.send('DELETE', group.toLowerCase(), { origin, apiVersion: '2024-11-01' })
      assert.deepEqual([deleted.status, deleted.text, deleted.headers['Retry-After']], [202, '', '1'])
      const location = new URL(deleted.headers['Location'] ?? '')
      assert.equal(location.origin, origin)
      assert.match(location.pathname, /^\/subscriptions\/[0-9a-f-]{36}\/operationresults\/[0-9a-f-]{36}$/)
      const outcome = await arm.send('GET', location.pathname, { apiVersion: '2024-11-01' })
      assert.deepEqual([outcome.status, outcome.body.status], [200, 'Succeeded'])

      const gone = await arm.send('GET', group)
      const short = group.split('/').at(-1)
      assert.deepEqual(
        [gone.status, gone.body.error],
        [404, { code: 'ResourceGroupNotFound', message: `Resource group '${short}' could not be found.` }],
      )
      assert.equal((await arm.send('HEAD', group)).status, 404)
      for (const [type, resource] of [
        ['vault', name],
        ['environment', 'env1'],
        ['app', 'app1'],
        ['identity', 'id1'],
        ['workspace', 'ws01'],
      ] as const) {
        assert.equal((await arm.send('GET', at(group, type, resource))).status, 404, type)
      }
      const principals = [made.identity.principalId, identity.properties.principalId]
      assert.deepEqual(await Promise.all(principals.map(isPrincipal)), [false, false])
      assert.deepEqual(await assignedScopes(group), [at(group, 'vault', name).toLowerCase()])
      const listed = await arm.send('GET', arm.path('/resources'))
      assert.ok(!listed.text.includes(name))

      const shown = await arm.send(
        'GET',
        arm.path(`/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/${name}`),
      )
      assert.equal(shown.body.properties.vaultId, at(group, 'vault', name))
      const recovering = { location: 'westeurope', properties: { ...vault(), createMode: 'recover' } }
      const early = await arm.send('PUT', at(group, 'vault', name), { body: recovering })
      assert.equal(early.body.error.code, 'ResourceGroupNotFound')
      assert.equal((await arm.send('PUT', group, { body: { location: 'northeurope' } })).status, 201)
      assert.equal((await arm.send('PUT', at(group, 'vault', name), { body: recovering })).status, 200)
    })

    test('more resources of a kind than are read at once go too', async () => {
      const group = await makeGroup()
      for (let count = 0; count < 101; count++) await put(at(group, 'environment', `env${count}`))
      assert.equal((await arm.send('DELETE', group)).status, 202)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      assert.deepEqual((await arm.send('GET', `${group}/resources`)).body.value, [])
    })

    test('an environment that an app of another group is in keeps its group whole', async () => {
      const group = await makeGroup()
      const other = await makeGroup()
      const environment = await put(at(group, 'environment', 'env-shared'))
      const inside = await put(at(group, 'app', 'inside'), app(environment.id))
      const outside = await put(at(other, 'app', 'outside'), app(environment.id))
      const blocked = await arm.send('DELETE', group)
      assert.deepEqual(
        [blocked.status, blocked.body.error],
        [
          409,
          {
            code: 'ResourceGroupDeletionBlocked',
            message: `Deletion of resource group '${group.split('/').at(-1)?.toLowerCase()}' failed as resources with identifiers 'Microsoft.App/managedEnvironments/env-shared' could not be deleted: the container app '${outside.id.replace('/containerapps/', '/containerApps/')}' is in it.`,
          },
        ],
      )
      assert.equal((await arm.send('GET', inside.id)).status, 200)
      assert.equal((await arm.send('DELETE', other)).status, 202)
      assert.equal((await arm.send('DELETE', group)).status, 202)
    })

    test('a lock on anything in the group refuses its deletion', async () => {
      const group = await makeGroup()
      await put(at(group, 'environment', 'env-locked'))
      const lock = `${at(group, 'environment', 'env-locked')}/providers/Microsoft.Authorization/locks/keep`
      await arm.send('PUT', lock, { body: { properties: { level: 'CanNotDelete' } } })
      const refused = await arm.send('DELETE', group)
      assert.deepEqual([refused.status, refused.body.error.code], [409, 'ScopeLocked'])
      assert.equal((await arm.send('GET', at(group, 'environment', 'env-locked'))).status, 200)
      await arm.send('DELETE', lock)
      assert.equal((await arm.send('DELETE', group)).status, 202)
    })

    test('what is not there is 404, and who may not is refused', async () => {
      const absent = await arm.send('DELETE', arm.path('/resourcegroups/rg-absent'))
      assert.deepEqual(
        [absent.status, absent.body.error],
        [404, { code: 'ResourceGroupNotFound', message: "Resource group 'rg-absent' could not be found." }],
      )
      const group = await makeGroup()
      const reader = await arm.user([['reader', arm.path()]])
      const refused = await arm.send('DELETE', group, { as: reader })
      assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
      assert.equal((await arm.send('GET', group)).status, 200)
    })

    test('a resource that is put while its group goes finds no group, or goes with it', async () => {
      const group = await makeGroup()
      const put = (name: string) =>
        arm.send('PUT', at(group, 'environment', name), { body: { location: 'westeurope', properties: {} } })
      const [first, , second] = await Promise.all([put('env-a'), arm.send('DELETE', group), put('env-b')])
      for (const answer of [first, second]) assert.ok([201, 404].includes(answer.status), answer.text)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      assert.deepEqual((await arm.send('GET', `${group}/resources`)).body.value, [])
    })

    test('an environment is deleted with its role assignments, once no app is in it', async () => {
      const group = await makeGroup()
      const path = at(group, 'environment', 'env1')
      const environment = await put(path)
      await put(at(group, 'app', 'app1'), app(environment.id))
      await arm.assign(await arm.user(), builtInRoleIds.reader, path)
      const used = await arm.send('DELETE', path)
      assert.deepEqual(
        [used.status, used.body.error],
        [
          409,
          {
            code: 'ManagedEnvironmentHasContainerApps',
            message: 'The specified environment env1 cannot be deleted because it still contains 1 ContainerApps.',
          },
        ],
      )
      await arm.send('DELETE', at(group, 'app', 'app1'))
      const deleted = await arm.send('DELETE', path)
      assert.deepEqual([deleted.status, deleted.text], [200, ''])
      assert.deepEqual(await assignedScopes(path), [])
      assert.equal((await arm.send('GET', path)).status, 404)
      assert.equal((await arm.send('DELETE', path)).status, 204)
    })
  })
}
