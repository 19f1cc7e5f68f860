import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { parseScope } from '#authorization/scope.ts'
import { type Guid, type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { findPrincipal, setPrincipalEnabled } from '#directory/principal-store.ts'
import { createGraph } from '#graph/surface.ts'
import type { Surface } from '#operation/operation.ts'
import type { Writer } from '#storage/database.ts'
import { engines } from '../support/databases.ts'
import { sampleFacts } from '../support/vault-fixtures.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

const managedIdentityContributor: Guid = trustGuid('e40ec5ca-96e0-45a2-b4ff-59039f2c2b59')
const origin = 'https://graph.microsoft.com'
const refusal = {
  code: 'LastRBACAdminAssignmentCannotBeDeleted',
  message: 'Cannot delete the last RBAC admin assignment.',
}

for (const engine of engines) {
  describe(`the last administrator on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let graph: Surface
    beforeEach(async () => {
      arm = await ArmHarness.open(engine)
      const administration = parseScope(arm.path())
      const authenticate = () => ({ outcome: 'refused', reason: 'missing', signed: false }) as const
      graph = createGraph({ clock: arm.clock, administration, authenticate }).surface
    })
    afterEach(() => arm.close())

    const refused = (answer: Answered) => assert.deepEqual([answer.status, answer.body?.error], [400, refusal])
    const refusedByGraph = (answer: Answered) =>
      assert.deepEqual(
        [answer.status, answer.body?.error],
        [
          400,
          {
            ...refusal,
            innerError: {
              date: arm.clock.now().toISOString().slice(0, 19),
              'request-id': sampleFacts.requestId,
              'client-request-id': sampleFacts.clientRequestId ?? sampleFacts.requestId,
            },
          },
        ],
      )
    const toGraph = (method: string, path: string, as?: PrincipalId, body?: object) =>
      arm.send(method, `/v1.0/groups${path}`, { origin, surface: graph, body, ...(as === undefined ? {} : { as }) })

    async function newGroup(...members: readonly PrincipalId[]): Promise<PrincipalId> {
      const displayName = `group-${randomHex(4)}`
      const body = { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true }
      const made = await toGraph('POST', '', undefined, body)
      assert.equal(made.status, 201, made.text)
      for (const member of members) await add(made.body.id, member)
      return trustGuid(made.body.id)
    }

    async function add(group: PrincipalId, member: PrincipalId): Promise<void> {
      const body = { '@odata.id': `${origin}/v1.0/directoryObjects/${member}` }
      const added = await toGraph('POST', `/${group}/members/$ref`, undefined, body)
      assert.equal(added.status, 204, added.text)
    }

    const removeMember = (group: PrincipalId, member: PrincipalId, as: PrincipalId) =>
      toGraph('DELETE', `/${group}/members/${member}/$ref`, as)

    /** Deletes the operator's own assignment. */
    async function resign(): Promise<Answered> {
      const path = arm.path('/providers/Microsoft.Authorization/roleAssignments')
      const listed = await arm.send('GET', path, { query: { $filter: `principalId eq '${arm.operator}'` } })
      assert.equal(listed.body.value.length, 1, listed.text)
      return arm.send('DELETE', listed.body.value[0].id)
    }

    /** Makes it the only Owner of the subscription. */
    async function handOverTo(principal: PrincipalId): Promise<void> {
      await arm.assign(principal, builtInRoleIds.owner, arm.path())
      const resigned = await resign()
      assert.equal(resigned.status, 200, resigned.text)
    }

    async function userWith(role: Guid, scope: string): Promise<PrincipalId> {
      const user = await arm.user()
      await arm.assign(user, role, scope)
      return user
    }

    const setEnabled = (principal: PrincipalId, enabled: boolean) =>
      arm.database.write({ tenant: arm.tenant, moves: 'both' }, (writer) =>
        setPrincipalEnabled(writer, principal, enabled),
      )
    const exists = async (id: PrincipalId) => (await arm.read((reader) => findPrincipal(reader, id))) !== undefined

    async function put(rest: string, body: object = {}): Promise<Answered> {
      const made = await arm.send('PUT', arm.inGroup(rest), { body: { location: 'westeurope', ...body } })
      assert.equal(made.status, 201, made.text)
      return made
    }

    async function newIdentity(): Promise<{ readonly path: string; readonly principal: PrincipalId }> {
      const rest = `/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-${randomHex(4)}`
      const made = await put(rest)
      return { path: arm.inGroup(rest), principal: trustGuid(made.body.properties.principalId) }
    }

    async function newApp() {
      const environment = await put('/providers/Microsoft.App/managedEnvironments/env1', { properties: {} })
      const template = { containers: [{ name: 'main', image: 'hello:1' }] }
      const properties = { environmentId: environment.body.id, configuration: {}, template }
      const rest = '/providers/Microsoft.App/containerApps/app1'
      const made = await put(rest, { properties, identity: { type: 'SystemAssigned' } })
      const principal: PrincipalId = trustGuid(made.body.identity.principalId)
      return { path: arm.inGroup(rest), principal, document: { location: 'westeurope', properties } }
    }

    describe('in a group', () => {
      test('is not taken out, and its group is not deleted', async () => {
        const member = await arm.user()
        const group = await newGroup(member)
        await handOverTo(group)
        refusedByGraph(await removeMember(group, member, member))
        refusedByGraph(await toGraph('DELETE', `/${group}`, member))
        const listed = await toGraph('GET', `/${group}/members`, member)
        assert.deepEqual([listed.status, listed.body.value.length], [200, 1], listed.text)
      })

      test('is not cut off by what is done to a group between', async () => {
        const member = await arm.user()
        const inner = await newGroup(member)
        const outer = await newGroup(inner)
        await handOverTo(outer)
        refusedByGraph(await removeMember(outer, inner, member))
        refusedByGraph(await removeMember(inner, member, member))
        refusedByGraph(await toGraph('DELETE', `/${inner}`, member))
      })

      test('may go where another enabled member stays', async () => {
        const [member, other] = [await arm.user(), await arm.user()]
        const inner = await newGroup(other)
        const outer = await newGroup(member, inner)
        await handOverTo(outer)
        assert.equal((await removeMember(outer, member, member)).status, 204)
        refusedByGraph(await toGraph('DELETE', `/${inner}`, other))
        refusedByGraph(await removeMember(inner, other, other))
      })

      test('may go with the group where somebody else is an administrator', async () => {
        const member = await arm.user()
        const group = await newGroup(member)
        await handOverTo(group)
        await userWith(builtInRoleIds.owner, arm.path())
        assert.equal((await removeMember(group, member, member)).status, 204)
        const other = await userWith(builtInRoleIds.owner, arm.path())
        assert.equal((await toGraph('DELETE', `/${group}`, other)).status, 204)
      })

      test('is neither an empty group in it, nor a circle of groups, nor a disabled member', async () => {
        const disabled = await arm.user()
        await setEnabled(disabled, false)
        const empty = await newGroup()
        const circle = await newGroup()
        await add(circle, await newGroup(circle))
        const group = await newGroup(disabled, empty, circle)
        await arm.assign(group, builtInRoleIds.owner, arm.path())
        refused(await resign())
        await add(empty, await arm.user())
        assert.equal((await resign()).status, 200)
      })

      test('who has no such role may be taken out, and unknown members are still not found', async () => {
        const member = await arm.user()
        const group = await newGroup(member)
        assert.equal((await removeMember(group, member, arm.operator)).status, 204)
        const absent = await removeMember(group, member, arm.operator)
        assert.deepEqual([absent.status, absent.body.error.code], [404, 'Request_ResourceNotFound'])
        assert.equal((await toGraph('DELETE', `/${group}`)).status, 204)
      })
    })

    describe('a managed identity', () => {
      test('is not deleted, neither alone nor with its resource group', async () => {
        const { path, principal } = await newIdentity()
        await handOverTo(principal)
        const keeper = await userWith(managedIdentityContributor, arm.inGroup())
        const contributor = await userWith(builtInRoleIds.contributor, arm.path())
        refused(await arm.send('DELETE', path, { as: keeper }))
        refused(await arm.send('DELETE', arm.inGroup(), { as: contributor }))
        assert.equal((await arm.send('GET', path, { as: principal })).status, 200)
        assert.equal((await arm.send('GET', arm.inGroup(), { as: principal })).status, 200)
        await userWith(builtInRoleIds.owner, arm.path())
        assert.equal((await arm.send('DELETE', path, { as: keeper })).status, 200)
        assert.equal(await exists(principal), false)
        assert.equal((await arm.send('DELETE', arm.inGroup(), { as: contributor })).status, 202)
      })

      test('is not deleted as the last member of the group that has the role', async () => {
        const { path, principal } = await newIdentity()
        await handOverTo(await newGroup(principal))
        refused(await arm.send('DELETE', path, { as: principal }))
      })

      test('of an app is not deleted, nor taken from the app, nor does the app go', async () => {
        const { path, principal, document } = await newApp()
        await handOverTo(principal)
        const as = await userWith(builtInRoleIds.contributor, arm.path())
        const identity = { type: 'None' }
        refused(await arm.send('PUT', path, { body: { ...document, identity }, as }))
        refused(await arm.send('PATCH', path, { body: { identity }, as }))
        refused(await arm.send('DELETE', path, { as }))
        refused(await arm.send('DELETE', arm.inGroup(), { as }))
        const shown = await arm.send('GET', path, { as: principal })
        assert.deepEqual([shown.status, shown.body?.identity.principalId], [200, principal], shown.text)
        const kept = await arm.send('PATCH', path, { body: { tags: { a: 'b' } }, as })
        assert.deepEqual([kept.status, kept.body?.identity.principalId], [200, principal], kept.text)
        await userWith(builtInRoleIds.owner, arm.path())
        const removed = await arm.send('PUT', path, { body: { ...document, identity }, as })
        assert.deepEqual([removed.status, removed.body?.identity], [200, identity], removed.text)
        assert.equal(await exists(principal), false)
        assert.equal((await arm.send('DELETE', path, { as })).status, 200)
      })

      test('is not deleted where another is deleted at the same moment', async () => {
        const [one, other] = [await newIdentity(), await newIdentity()]
        await arm.assign(one.principal, builtInRoleIds.owner, arm.path())
        await handOverTo(other.principal)
        const as = await userWith(managedIdentityContributor, arm.inGroup())
        const answers = await Promise.all([one, other].map(({ path }) => arm.send('DELETE', path, { as })))
        assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '400'])
        const left = await Promise.all([one, other].map(({ principal }) => exists(principal)))
        assert.deepEqual(left.map(String).toSorted(), ['false', 'true'])
      })
    })

    test('of the root stands in for those of subscriptions, and they not for it', async () => {
      const above = await newIdentity()
      const below = await newIdentity()
      await arm.assign(above.principal, builtInRoleIds.owner, '/')
      await handOverTo(below.principal)
      assert.equal((await arm.send('DELETE', below.path, { as: above.principal })).status, 200)
      await userWith(builtInRoleIds.owner, arm.path())
      refused(await arm.send('DELETE', above.path, { as: above.principal }))
      await userWith(builtInRoleIds.owner, '/')
      assert.equal((await arm.send('DELETE', above.path, { as: above.principal })).status, 200)
    })

    test('is counted without the roles that nobody has where it counts, so that a damaged one is in nobody’s way', async () => {
      const role: Guid = trustGuid(randomGuid())
      const write = (work: (writer: Writer) => Promise<unknown>) =>
        arm.database.write({ tenant: arm.tenant, moves: 'generation' }, work)
      const properties = {
        roleName: 'Access Manager',
        assignableScopes: [arm.path()],
        permissions: [{ actions: ['Microsoft.Authorization/*'] }],
      }
      const path = arm.path(`/providers/Microsoft.Authorization/roleDefinitions/${role}`)
      const made = await arm.send('PUT', path, { body: { properties } })
      assert.equal(made.status, 201, made.text)
      await userWith(role, arm.inGroup())
      const holder = await userWith(role, arm.path())
      const identities = [await newIdentity(), await newIdentity()] as const
      const limitTo = (condition: string | null) =>
        write(({ kysely, tenant }) =>
          kysely
            .updateTable('role_assignment')
            .set({ condition })
            .where('tenant_id', '=', tenant)
            .where('principal_id', '=', holder)
            .execute(),
        )
      await limitTo('FALSE')
      await write(({ kysely, tenant }) =>
        kysely
          .updateTable('role_definition')
          .set({ permissions_json: '{}' })
          .where('tenant_id', '=', tenant)
          .where('id', '=', role)
          .execute(),
      )
      const removed = await arm.send('DELETE', identities[0].path)
      assert.equal(removed.status, 200, removed.text)
      await limitTo(null)
      const failed = await arm.send('DELETE', identities[1].path)
      assert.deepEqual([failed.status, failed.body?.error.code], [500, 'InternalServerError'], failed.text)
      assert.equal(await exists(identities[1].principal), true)
    })

    test('is not sought where there was none before', async () => {
      const other = await newIdentity()
      const owner = await userWith(builtInRoleIds.owner, arm.inGroup())
      await setEnabled(arm.operator, false)
      assert.equal((await arm.send('DELETE', other.path, { as: owner })).status, 200)
    })
  })
}
