import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { resourceKinds } from '#arm/resource-kinds.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'

/** The path of a resource right below its group. */
const resourcePath =
  /^\/subscriptions\/\{[^/}]+\}\/resourcegroups\/\{[^/}]+\}\/providers\/(?<type>[^/{}]+\/[^/{}]+)\/\{[^/}]+\}$/i

for (const engine of engines) {
  describe(`each kind of resource on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let group: string
    const names = new Map(resourceKinds.map(({ type }) => [type, `any-${randomHex(5)}`]))
    const at = (type: string) => `${group}/providers/${type}/${names.get(type)}`

    const propertiesOf = (type: string): object => {
      switch (type) {
        case 'Microsoft.KeyVault/vaults':
          return { tenantId: arm.tenant, sku: { name: 'standard', family: 'A' }, enableRbacAuthorization: true }
        case 'Microsoft.App/containerApps':
          return {
            environmentId: at('Microsoft.App/managedEnvironments'),
            configuration: {},
            template: { containers: [{ name: 'main', image: 'hello:1' }] },
          }
        default:
          return {}
      }
    }

    before(async () => {
      arm = await ArmHarness.open(engine)
      group = arm.path(`/resourceGroups/Rg-${randomHex(4)}`)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      // What is deleted last is what the others need.
      for (const { type } of resourceKinds.toReversed()) {
        const body = { location: 'westeurope', properties: propertiesOf(type) }
        const made = await arm.send('PUT', at(type), { body })
        assert.equal(made.status, 201, made.text)
      }
    })
    after(() => arm.close())

    test('that a PUT creates in a group is in the table, and no other', () => {
      const created = arm.surface.operations
        .filter(({ method }) => method === 'PUT')
        .flatMap(({ path }) => resourcePath.exec(path)?.groups?.['type'] ?? [])
      assert.deepEqual(created.toSorted(), resourceKinds.map(({ type }) => type).toSorted())
    })

    test('is listed in the order of types, in pages of one too', async () => {
      const types = [
        'Microsoft.App/containerApps',
        'Microsoft.App/managedEnvironments',
        'Microsoft.KeyVault/vaults',
        'Microsoft.ManagedIdentity/userAssignedIdentities',
        'Microsoft.OperationalInsights/workspaces',
      ]
      const seen: string[] = []
      let query: Record<string, string> | undefined = { $top: '1' }
      while (query !== undefined) {
        const { status, body } = await arm.send('GET', `${group}/resources`, { query, apiVersion: '2015-11-01' })
        assert.deepEqual([status, body.value.length], [200, 1])
        seen.push(body.value[0].type)
        query = body.nextLink === undefined ? undefined : Object.fromEntries(new URL(body.nextLink).searchParams)
      }
      assert.deepEqual(seen, types)
      const whole = await arm.send('GET', `${group}/resources`, { apiVersion: '2015-11-01' })
      assert.deepEqual(
        whole.body.value.map(({ type }: { type: string }) => type),
        types,
      )
    })

    test('can be the scope of a role, and is none under a name that nothing has', async () => {
      const principalId = await arm.user()
      const role = arm.path(`/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.reader}`)
      const body = { properties: { roleDefinitionId: role, principalId, principalType: 'User' } }
      const assign = (scope: string) =>
        arm.send('PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomGuid()}`, {
          body,
          apiVersion: '2022-04-01',
        })
      for (const { type } of resourceKinds) {
        assert.deepEqual([type, (await assign(at(type))).status], [type, 201])
        const refused = await assign(`${at(type)}x`)
        assert.deepEqual([type, refused.status, refused.body.error.code], [type, 404, 'ResourceNotFound'])
      }
    })

    test('goes with its group', async () => {
      assert.equal((await arm.send('DELETE', group, { apiVersion: '2024-11-01' })).status, 202)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      for (const { type } of resourceKinds) {
        assert.deepEqual([type, (await arm.send('GET', at(type))).status], [type, 404])
      }
    })
  })
}
