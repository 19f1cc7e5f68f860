import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { findFederatedCredential, maximumFederatedCredentials } from '#directory/federated-credential-store.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import { engines } from '../support/databases.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'

for (const engine of engines) {
  describe(`managed identities in the resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const newName = () => `id-${randomHex(4)}`
    const pathOf = (name: string) => arm.inGroup(`/providers/${identityType}/${name}`)
    const shownId = (name: string) =>
      `/subscriptions/${arm.subscription}/resourcegroups/rg1/providers/${identityType}/${name}`
    const principalOf = (id: string) => arm.read((reader) => findPrincipal(reader, trustGuid<PrincipalId>(id)))
    const refused = (answer: Answered, status: number, code: string) =>
      assert.deepEqual([answer.status, answer.body?.error?.code], [status, code], answer.text)

    async function make(name = newName()): Promise<Answered> {
      const made = await arm.send('PUT', pathOf(name), { body: { location: 'West Europe', tags: { a: '1' } } })
      assert.equal(made.status, 201, made.text)
      return made
    }

    test('an identity is created with a service principal of its own', async () => {
      const name = newName()
      const made = await make(name)
      const { principalId, clientId } = made.body.properties
      assert.deepEqual(made.body, {
        location: 'westeurope',
        tags: { a: '1' },
        id: shownId(name),
        name,
        type: identityType,
        properties: { isolationScope: 'None', tenantId: arm.tenant, principalId, clientId },
      })
      const { searchParams, origin, pathname } = new URL(made.headers['Location'] ?? '')
      assert.deepEqual([origin + pathname, searchParams.size], [`https://management.azure.com${shownId(name)}`, 1])
      assert.match(searchParams.get('api-version') ?? '', /^\d{4}-\d\d-\d\d$/)
      const principal = await principalOf(principalId)
      assert.deepEqual(
        [principal?.clientId, principal?.displayName, principal?.servicePrincipalType, principal?.alternativeNames],
        [clientId, name, 'ManagedIdentity', ['isExplicit=True', shownId(name)]],
      )
      const shown = await arm.send('GET', pathOf(name.toUpperCase()), { apiVersion: '2023-01-31' })
      assert.deepEqual(shown.body, { ...made.body, properties: { tenantId: arm.tenant, principalId, clientId } })
    })

    test('what is written again keeps its principal; PUT and PATCH replace the tags', async () => {
      const name = newName()
      const made = await make(name)
      const again = await arm.send('PUT', pathOf(name), {
        body: { location: 'westeurope', properties: { isolationScope: 'None' } },
      })
      assert.deepEqual([again.status, again.body], [200, { ...made.body, tags: {} }])
      const patched = await arm.send('PATCH', pathOf(name), { body: { tags: { b: '2' } } })
      assert.deepEqual([patched.status, patched.body], [200, { ...made.body, tags: { b: '2' } }])
      const untouched = await arm.send('PATCH', pathOf(name), { body: {} })
      assert.deepEqual(untouched.body, patched.body)
      refused(await arm.send('PUT', pathOf(name), { body: { location: 'eastus' } }), 409, 'InvalidResourceLocation')
      refused(await arm.send('PATCH', pathOf(name), { body: { location: 'eastus' } }), 409, 'InvalidResourceLocation')
    })

    test('a principal in the body changes nothing', async () => {
      const other = (await make()).body.properties
      const name = newName()
      const made = await arm.send('PUT', pathOf(name), { body: { location: 'westeurope', properties: other } })
      assert.equal(made.status, 201)
      assert.notEqual(made.body.properties.principalId, other.principalId)
      assert.notEqual(made.body.properties.clientId, other.clientId)
    })

    test('what would not be enforced, bad names and missing groups are refused', async () => {
      const put = (name: string, properties: object, group = 'rg1') =>
        arm.send('PUT', arm.path(`/resourceGroups/${group}/providers/${identityType}/${name}`), {
          body: { location: 'westeurope', properties },
        })
      refused(await put(newName(), { isolationScope: 'Regional' }), 400, 'NotSupported')
      refused(await put(newName(), { assignmentRestrictions: { providers: [] } }), 400, 'NotSupported')
      refused(await put('ab', {}), 400, 'InvalidResourceName')
      refused(await put('-abc', {}), 400, 'InvalidResourceName')
      refused(await put('a.bc', {}), 400, 'InvalidResourceName')
      refused(await put(newName(), {}, 'nowhere'), 404, 'ResourceGroupNotFound')
      refused(await arm.send('GET', pathOf('absent')), 404, 'ResourceNotFound')
      refused(await arm.send('PATCH', pathOf('absent'), { body: {} }), 404, 'ResourceNotFound')
    })

    test('lists show what the caller may read, in pages', async () => {
      const names = [newName(), newName(), newName()].sort()
      for (const name of names) await make(name)
      const seen: string[] = []
      let query: Readonly<Record<string, string>> = { $top: '2' }
      for (;;) {
        const page = await arm.send('GET', arm.inGroup(`/providers/${identityType}`), { query })
        assert.ok(page.body.value.length <= 2)
        seen.push(...page.body.value.map((item: { name: string }) => item.name))
        if (page.body.nextLink === undefined) break
        query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
      }
      assert.deepEqual(seen, [...new Set(seen)].sort())
      assert.deepEqual(
        names.filter((name) => !seen.includes(name)),
        [],
      )
      const reader = await arm.user([['reader', pathOf(names[1] ?? '')]])
      const shown = await arm.send('GET', arm.path(`/providers/${identityType}`), { as: reader })
      assert.deepEqual(
        shown.body.value.map((item: { name: string }) => item.name),
        [names[1]],
      )
      const listed = await arm.send('GET', arm.path('/resources'), {
        query: { $filter: `resourceType eq '${identityType}' and name eq '${names[0]}'` },
      })
      assert.deepEqual(
        listed.body.value.map((item: { name: string; type: string }) => [item.name, item.type]),
        [[names[0], identityType]],
      )
    })

    test('a reader may neither write nor delete, and a contributor of another identity may not read', async () => {
      const name = newName()
      const other = newName()
      await make(name)
      await make(other)
      const reader = await arm.user([['reader', pathOf(name)]])
      const contributor = await arm.user([['contributor', pathOf(other)]])
      const body = { location: 'westeurope' }
      refused(await arm.send('PUT', pathOf(name), { body, as: reader }), 403, 'AuthorizationFailed')
      refused(await arm.send('PATCH', pathOf(name), { body: {}, as: reader }), 403, 'AuthorizationFailed')
      refused(await arm.send('DELETE', pathOf(name), { as: reader }), 403, 'AuthorizationFailed')
      refused(await arm.send('GET', pathOf(name), { as: contributor }), 403, 'AuthorizationFailed')
      assert.equal((await arm.send('GET', pathOf(name), { as: reader })).status, 200)
    })

    test('deletion takes the principal, its credentials and roles at the identity; a new one is another principal', async () => {
      const name = newName()
      const { principalId, clientId } = (await make(name)).body.properties
      const credential = `${pathOf(name)}/federatedIdentityCredentials/ci-1`
      const trust = { issuer: 'https://issuer.test/', subject: 's', audiences: ['api://AzureADTokenExchange'] }
      assert.equal((await arm.send('PUT', credential, { body: { properties: trust } })).status, 201)
      const holder = await arm.user([['reader', pathOf(name)]])
      const before = await arm.database.currentFreshness(arm.tenant)
      assert.deepEqual(
        [(await arm.send('DELETE', pathOf(name))).status, (await arm.send('DELETE', pathOf(name))).status],
        [200, 204],
      )
      const moved = await arm.database.currentFreshness(arm.tenant)
      assert.ok(moved.epoch > before.epoch && moved.generation > before.generation)
      assert.equal(await principalOf(principalId), undefined)
      assert.equal(await arm.read((reader) => findFederatedCredential(reader, clientId, 'ci-1')), undefined)
      const again = (await make(name)).body.properties
      assert.notEqual(again.principalId, principalId)
      refused(await arm.send('GET', pathOf(name), { as: holder }), 403, 'AuthorizationFailed')
    })

    test('a role can be given at an identity that exists, and at no other', async () => {
      const name = newName()
      await make(name)
      const put = (scope: string) =>
        arm.send('PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomGuid()}`, {
          body: {
            properties: {
              roleDefinitionId:
                '/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
              principalId: arm.operator,
            },
          },
        })
      assert.equal((await put(pathOf(name))).status, 201)
      refused(await put(pathOf('absent')), 404, 'ResourceNotFound')
    })

    describe('federated credentials', () => {
      const trust = (subject: string) => ({
        properties: { issuer: 'https://issuer.test/', subject, audiences: ['api://AzureADTokenExchange'] },
      })

      test('are stored to the character, listed in pages and deleted', async () => {
        const name = newName()
        await make(name)
        const at = (credential: string) => `${pathOf(name)}/federatedIdentityCredentials/${credential}`
        const made = await arm.send('PUT', at('GitHub'), { body: trust('repo:Org/App') })
        assert.equal(made.status, 201, made.text)
        assert.deepEqual(made.body, {
          id: `${shownId(name)}/federatedIdentityCredentials/GitHub`,
          name: 'GitHub',
          type: `${identityType}/federatedIdentityCredentials`,
          properties: trust('repo:Org/App').properties,
        })
        const changed = await arm.send('PUT', at('github'), { body: trust('repo:org/app') })
        assert.deepEqual([changed.status, changed.body.name], [200, 'GitHub'])
        assert.equal((await arm.send('PUT', at('abc'), { body: trust('repo:Org/App') })).status, 201)
        const first = await arm.send('GET', `${pathOf(name)}/federatedIdentityCredentials`, { query: { $top: '1' } })
        assert.deepEqual(
          first.body.value.map((item: { name: string }) => item.name),
          ['abc'],
        )
        const query = Object.fromEntries(new URL(first.body.nextLink).searchParams)
        const second = await arm.send('GET', `${pathOf(name)}/federatedIdentityCredentials`, { query })
        assert.deepEqual(second.body, { value: [changed.body] })
        assert.equal((await arm.send('DELETE', at('GITHUB'))).status, 200)
        assert.equal((await arm.send('DELETE', at('GITHUB'))).status, 204)
        refused(await arm.send('GET', at('GitHub')), 404, 'ResourceNotFound')
      })

      test('one pair of issuer and subject is had once, and not more than the maximum', async () => {
        const name = newName()
        await make(name)
        const at = (credential: string) => `${pathOf(name)}/federatedIdentityCredentials/${credential}`
        for (let count = 0; count < maximumFederatedCredentials; count++) {
          assert.equal((await arm.send('PUT', at(`fic-${count}`), { body: trust(`s${count}`) })).status, 201)
        }
        refused(await arm.send('PUT', at('other'), { body: trust('s1') }), 409, 'Conflict')
        refused(await arm.send('PUT', at('fic-2'), { body: trust('s1') }), 409, 'Conflict')
        refused(await arm.send('PUT', at('other'), { body: trust('new') }), 400, 'BadRequest')
      })

      test('are refused when they could not be judged', async () => {
        const name = newName()
        await make(name)
        const put = (properties: object, credential = 'fic-1') =>
          arm.send('PUT', `${pathOf(name)}/federatedIdentityCredentials/${credential}`, { body: { properties } })
        const good = trust('s').properties
        refused(await put({ ...good, issuer: 'http://issuer.test' }), 400, 'BadRequest')
        refused(await put({ ...good, issuer: 'https://a:b@issuer.test' }), 400, 'BadRequest')
        refused(await put({ ...good, issuer: 'issuer' }), 400, 'BadRequest')
        refused(await put({ ...good, audiences: [] }), 400, 'InvalidRequestContent')
        refused(await put({ ...good, audiences: ['a', 'b'] }), 400, 'InvalidRequestContent')
        refused(await put({ ...good, subject: '' }), 400, 'InvalidRequestContent')
        refused(
          await put({ ...good, claimsMatchingExpression: { value: "claims['sub'] matches '*'", languageVersion: 1 } }),
          400,
          'NotSupported',
        )
        refused(await put(good, 'ab'), 400, 'BadRequest')
        const orphan = `${pathOf('absent')}/federatedIdentityCredentials/fic-1`
        refused(await arm.send('PUT', orphan, { body: { properties: good } }), 404, 'ParentResourceNotFound')
        assert.equal((await arm.send('DELETE', orphan)).status, 204)
      })
    })

    test('the identity of an app is shown at its scope, to who may read it', async () => {
      const environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env1')
      assert.equal(
        (await arm.send('PUT', environment, { body: { location: 'westeurope', properties: {} } })).status,
        201,
      )
      const app = arm.inGroup('/providers/Microsoft.App/containerApps/app1')
      const put = (type: string) =>
        arm.send('PUT', app, {
          body: {
            location: 'westeurope',
            identity: { type },
            properties: { environmentId: environment, template: { containers: [{ name: 'main', image: 'i:1' }] } },
          },
        })
      const made = await put('SystemAssigned')
      assert.equal(made.status, 201, made.text)
      const path = `${app}/providers/Microsoft.ManagedIdentity/identities/default`
      const shown = await arm.send('GET', path)
      const principal = await principalOf(made.body.identity.principalId)
      assert.deepEqual(shown.body, {
        id: path,
        name: 'default',
        type: 'Microsoft.ManagedIdentity/identities',
        location: 'westeurope',
        properties: { tenantId: arm.tenant, principalId: principal?.id, clientId: principal?.clientId },
      })
      refused(await arm.send('GET', path, { as: await arm.user() }), 403, 'AuthorizationFailed')
      assert.equal((await put('None')).status, 200)
      refused(await arm.send('GET', path), 404, 'ResourceNotFound')
      refused(
        await arm.send('GET', `${environment}/providers/Microsoft.ManagedIdentity/identities/default`),
        404,
        'ResourceNotFound',
      )
    })
  })
}
