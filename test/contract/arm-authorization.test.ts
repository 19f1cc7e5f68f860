import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { createDenyAssignment } from '#authorization/deny-assignment-store.ts'
import { parseScope } from '#authorization/scope.ts'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness, type Sent } from './arm-harness.ts'

for (const engine of engines) {
  describe(`roles in the resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let vault: string
    before(async () => {
      arm = await ArmHarness.open(engine)
      vault = arm.inGroup(`/providers/Microsoft.KeyVault/vaults/kv-${randomHex(5)}`)
      const properties = { tenantId: arm.tenant, sku: { name: 'standard', family: 'A' } }
      const made = await arm.send('PUT', vault, { body: { location: 'westeurope', properties } })
      assert.equal(made.status, 201, made.text)
    })
    after(() => arm.close())

    const assignmentPath = (scope: string, id: string = randomGuid()) =>
      `${scope}/providers/Microsoft.Authorization/roleAssignments/${id}`
    const roleId = (role: string, scope = arm.path()) =>
      `${scope}/providers/Microsoft.Authorization/roleDefinitions/${role}`
    const bodyFor = (principalId: PrincipalId, role: string, more: object = {}) => ({
      properties: { roleDefinitionId: roleId(role), principalId, ...more },
    })
    const list = async (scope: string, filter?: string, sent: Sent = {}) => {
      const query = filter === undefined ? {} : { $filter: filter }
      const answer = await arm.send('GET', `${scope}/providers/Microsoft.Authorization/roleAssignments`, {
        query,
        ...sent,
      })
      assert.equal(answer.status, 200, answer.text)
      return answer.body.value.map(({ name }: { name: string }) => name)
    }

    test('an assignment is created with 201, is the same again with 200, and its DELETE answers it with 200, then 204', async () => {
      const user = await arm.user()
      const id = randomGuid()
      const path = assignmentPath(vault, id)
      const body = bodyFor(user, builtInRoleIds.keyVaultSecretsUser, { principalType: 'User' })
      const created = await arm.send('PUT', path, { body })
      assert.equal(created.status, 201, created.text)
      const { createdOn, updatedOn, ...properties } = created.body.properties
      assert.equal(createdOn, updatedOn)
      assert.deepEqual(
        { ...created.body, properties },
        {
          properties: {
            roleDefinitionId: roleId(builtInRoleIds.keyVaultSecretsUser),
            principalId: user,
            principalType: 'User',
            scope: vault,
            createdBy: arm.operator,
            updatedBy: arm.operator,
          },
          id: path,
          type: 'Microsoft.Authorization/roleAssignments',
          name: id,
        },
      )
      assert.equal((await arm.send('PUT', path, { body })).status, 200)
      assert.deepEqual((await arm.send('GET', path)).body, created.body)
      assert.deepEqual((await arm.send('GET', path.toUpperCase())).body, created.body)
      const twin = await arm.send('PUT', assignmentPath(vault), { body })
      assert.deepEqual([twin.status, twin.body.error.code], [409, 'RoleAssignmentExists'])
      const deleted = await arm.send('DELETE', path)
      assert.deepEqual([deleted.status, deleted.body], [200, created.body])
      const again = await arm.send('DELETE', path)
      assert.deepEqual([again.status, again.text], [204, ''])
    })

    test('a grant and a revocation hold on the very next call', async () => {
      const user = await arm.user()
      const path = assignmentPath(vault)
      assert.equal((await arm.send('GET', vault, { as: user })).status, 403)
      for (let turn = 0; turn < 5; turn++) {
        assert.equal((await arm.send('PUT', path, { body: bodyFor(user, builtInRoleIds.reader) })).status, 201)
        assert.equal((await arm.send('GET', vault, { as: user })).status, 200)
        assert.equal((await arm.send('DELETE', path)).status, 200)
        assert.equal((await arm.send('GET', vault, { as: user })).status, 403)
      }
    })

    test('only who may write role assignments at the scope may make one: a Contributor may not raise itself', async () => {
      const user = await arm.user([['contributor', arm.path()]])
      const body = bodyFor(user, builtInRoleIds.owner)
      const answer = await arm.send('PUT', assignmentPath(arm.path()), { body, as: user })
      assert.deepEqual([answer.status, answer.body.error.code], [403, 'AuthorizationFailed'])
      const owner = await arm.user([['owner', vault]])
      assert.equal((await arm.send('PUT', assignmentPath(arm.inGroup()), { body, as: owner })).status, 403)
      assert.equal((await arm.send('PUT', assignmentPath(vault), { body, as: owner })).status, 201)
    })

    test('conditions, unknown principals, roles and scopes are refused and nothing is stored', async () => {
      const user = await arm.user()
      const reader = builtInRoleIds.reader
      const cases: readonly (readonly [string, object, number, string])[] = [
        [
          vault,
          bodyFor(user, reader, { condition: '@Resource[x] StringEquals 1' }),
          400,
          'InvalidRoleAssignmentCondition',
        ],
        [vault, bodyFor(trustGuid<PrincipalId>(randomGuid()), reader), 400, 'PrincipalNotFound'],
        [vault, bodyFor(user, randomGuid()), 404, 'RoleDefinitionDoesNotExist'],
        [vault, bodyFor(user, reader, { principalType: 'Group' }), 400, 'UnmatchedPrincipalType'],
        [vault, bodyFor(user, reader, { principalType: 'Application' }), 400, 'PrincipalTypeNotSupported'],
        [vault, bodyFor(user, reader, { principalType: 'Robot' }), 400, 'InvalidPrincipalType'],
        [vault, { properties: { roleDefinitionId: 'Reader', principalId: user } }, 400, 'InvalidRoleDefinitionId'],
        [vault, bodyFor(trustGuid<PrincipalId>('x'), reader), 400, 'InvalidPrincipalId'],
        [vault, { properties: { principalId: user } }, 400, 'InvalidRequestContent'],
        [vault.replace(/kv-/, 'kx-'), bodyFor(user, reader), 404, 'ResourceNotFound'],
        [`${vault}/secrets/a/versions/b`, bodyFor(user, reader), 404, 'ResourceNotFound'],
        [`${vault}/things/a`, bodyFor(user, reader), 404, 'ResourceNotFound'],
        [arm.path('/resourceGroups/none'), bodyFor(user, reader), 404, 'ResourceGroupNotFound'],
        ['/subscriptions/x', bodyFor(user, reader), 400, 'InvalidSubscriptionId'],
      ]
      for (const [scope, body, status, code] of cases) {
        const answer = await arm.send('PUT', assignmentPath(scope), { body })
        assert.deepEqual([code, answer.status, answer.body.error.code], [code, status, code])
      }
      assert.deepEqual(await list(arm.path(), `principalId eq '${user}'`), [])
      const unnamed = await arm.send('PUT', assignmentPath(vault, 'mine'), { body: bodyFor(user, reader) })
      assert.deepEqual([unnamed.status, unnamed.body.error.code], [400, 'InvalidRoleAssignmentId'])
    })

    test('text that an engine cannot store is refused, in bodies and filters', async () => {
      const user = await arm.user()
      const described = bodyFor(user, builtInRoleIds.reader, { description: 'a\0b' })
      const assigned = await arm.send('PUT', assignmentPath(vault), { body: described })
      assert.deepEqual([assigned.status, assigned.body.error.code], [400, 'InvalidRequestContent'])
      for (const [member, text] of [
        ['roleName', 'Reader\0'],
        ['description', '\ud83d'],
      ] as const) {
        const properties = { roleName: 'Made up', description: '', assignableScopes: [arm.path()], permissions: [] }
        const made = await arm.send('PUT', roleId(randomGuid()), {
          body: { properties: { ...properties, [member]: text } },
        })
        assert.deepEqual([made.status, made.body.error.code], [400, 'InvalidRequestContent'])
      }
      for (const [type, filter] of [
        ['roleDefinitions', "roleName eq 'a\0b'"],
        ['denyAssignments', "denyAssignmentName eq 'a\0b'"],
      ] as const) {
        const listed = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/${type}`, {
          query: { $filter: filter },
        })
        assert.deepEqual([listed.status, listed.body.error.code], [400, 'InvalidFilter'])
      }
    })

    test('one secret is a scope, before it exists', async () => {
      const user = await arm.user()
      const scope = `${vault}/secrets/db-password`
      const made = await arm.send('PUT', assignmentPath(scope), {
        body: bodyFor(user, builtInRoleIds.keyVaultSecretsUser),
      })
      assert.deepEqual([made.status, made.body.properties.scope], [201, scope])
    })

    test('lists follow the filter, and join with role definitions letter by letter', async () => {
      const user = await arm.user()
      const other = await arm.user()
      const at = async (scope: string, principal: PrincipalId) => {
        const id = randomGuid()
        const body = bodyFor(principal, builtInRoleIds.reader)
        assert.equal((await arm.send('PUT', assignmentPath(scope, id), { body })).status, 201)
        return id
      }
      const [above, here, below] = [await at(arm.path(), user), await at(arm.inGroup(), user), await at(vault, user)]
      const others = await at(arm.inGroup(), other)
      const mine = (ids: string[]) =>
        ids.filter((id) => [above, here, below, others].some((known) => known === id)).sort()
      assert.deepEqual(mine(await list(arm.inGroup())), [above, here, below, others].sort())
      assert.deepEqual(mine(await list(arm.inGroup(), 'atScope()')), [above, here, others].sort())
      assert.deepEqual(await list(arm.inGroup(), `principalId eq '${user}'`), [above, here, below].sort())
      assert.deepEqual(await list(arm.inGroup(), `atScope() and assignedTo('${other}')`), [others])
      const bad = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/roleAssignments`, {
        query: { $filter: "createdBy eq 'x'" },
      })
      assert.deepEqual([bad.status, bad.body.error.code], [400, 'InvalidFilter'])
      for (const scope of [vault, '']) {
        const assignments = await arm.send('GET', `${scope}/providers/Microsoft.Authorization/roleAssignments`)
        const roles = await arm.send('GET', `${scope}/providers/Microsoft.Authorization/roleDefinitions`)
        const ids = new Set(roles.body.value.map(({ id }: { id: string }) => id))
        for (const { properties } of assignments.body.value) assert.ok(ids.has(properties.roleDefinitionId))
      }
    })

    test('who may not read assignments at a scope sees those below that it may read', async () => {
      const reader = await arm.user([['reader', vault]])
      const seen = await list(arm.path(), undefined, { as: reader })
      const within = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/roleAssignments`, {
        query: { $filter: `principalId eq '${reader}'` },
      })
      assert.ok(seen.includes(within.body.value[0].name))
      const operators = await list(arm.path(), `principalId eq '${arm.operator}'`)
      assert.ok(!seen.some((id: string) => operators.includes(id)))
    })

    test('assignments are listed over pages', async () => {
      const all = await list(arm.path())
      const found: string[] = []
      let query: Record<string, string> = { $top: '2' }
      for (let pages = 0; pages <= all.length; pages++) {
        const page = await arm.send('GET', arm.path('/providers/Microsoft.Authorization/roleAssignments'), { query })
        found.push(...page.body.value.map(({ name }: { name: string }) => name))
        if (page.body.nextLink === undefined) break
        query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
      }
      assert.deepEqual(found, all)
    })

    test('a principal is told what its roles give it at a scope, with their conditions', async () => {
      const user = await arm.user([
        ['reader', arm.path()],
        ['reader', vault],
        ['keyVaultSecretsUser', `${vault}/secrets/a`],
      ])
      const condition = "@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'a'"
      const body = bodyFor(user, builtInRoleIds.keyVaultSecretsUser, { condition })
      assert.equal((await arm.send('PUT', assignmentPath(vault), { body })).status, 201)
      const path = `${vault}/providers/Microsoft.Authorization/permissions`
      const listed = await arm.send('GET', path, { as: user })
      assert.equal(listed.status, 200, listed.text)
      const nothing = { actions: [], notActions: [], dataActions: [], notDataActions: [] }
      const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
      assert.deepEqual(
        listed.body.value.sort(byText),
        [
          { ...nothing, actions: ['*/read'] },
          {
            ...nothing,
            dataActions: [
              'Microsoft.KeyVault/vaults/secrets/getSecret/action',
              'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
            ],
            condition,
            conditionVersion: '2.0',
          },
        ].sort(byText),
      )
      const stranger = await arm.send('GET', path, { as: await arm.user() })
      assert.deepEqual([stranger.status, stranger.body.error.code], [403, 'AuthorizationFailed'])
    })

    test('the last who can manage access stays', async () => {
      const [id] = await list(arm.path(), `atScope() and principalId eq '${arm.operator}'`)
      const answer = await arm.send('DELETE', assignmentPath(arm.path(), id))
      assert.deepEqual([answer.status, answer.body.error.code], [400, 'LastRBACAdminAssignmentCannotBeDeleted'])
    })

    test('a built-in role is found by name in any letter case and read by both forms of its id', async () => {
      const found = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/roleDefinitions`, {
        query: { $filter: "roleName eq 'key vault secrets user'" },
      })
      assert.equal(found.body.value.length, 1)
      const [role] = found.body.value
      assert.equal(role.id, roleId(builtInRoleIds.keyVaultSecretsUser))
      assert.deepEqual([role.properties.roleName, role.properties.type], ['Key Vault Secrets User', 'BuiltInRole'])
      assert.equal('createdBy' in role.properties, false)
      assert.deepEqual((await arm.send('GET', role.id)).body, role)
      const tenantLevel = roleId(builtInRoleIds.keyVaultSecretsUser, '')
      assert.equal((await arm.send('GET', tenantLevel)).body.id, tenantLevel)
      const nobody = await arm.user()
      assert.equal((await arm.send('GET', role.id, { as: nobody })).status, 403)
      const changed = await arm.send('PUT', role.id, {
        body: {
          properties: { roleName: 'x', permissions: [{ actions: ['*'] }], assignableScopes: [arm.path()] },
        },
      })
      assert.deepEqual([changed.status, changed.body.error.code], [403, 'BuiltInRoleUpdateNotPermitted'])
    })

    describe('custom roles', () => {
      const custom = (roleName: string, assignableScopes: readonly string[]) => ({
        properties: {
          roleName,
          description: 'made by a test',
          type: 'CustomRole',
          permissions: [
            { actions: ['Microsoft.KeyVault/vaults/read'], notActions: [], dataActions: [], notDataActions: [] },
          ],
          assignableScopes,
        },
      })

      test('a custom role is created and replaced with 201, not deleted while assigned, then deleted', async () => {
        const path = roleId(randomGuid())
        const created = await arm.send('PUT', path, { body: custom('Vault Looker', [arm.path()]) })
        assert.equal(created.status, 201, created.text)
        assert.deepEqual((await arm.send('GET', path)).body, created.body)
        assert.equal((await arm.send('PUT', path, { body: custom('Vault Looker', [arm.path()]) })).status, 201)
        const taken = await arm.send('PUT', roleId(randomGuid()), { body: custom('vault looker', [arm.path()]) })
        assert.deepEqual([taken.status, taken.body.error.code], [409, 'RoleDefinitionWithSameNameExists'])
        const user = await arm.user()
        const assignment = assignmentPath(vault)
        await arm.send('PUT', assignment, { body: { properties: { roleDefinitionId: path, principalId: user } } })
        assert.equal((await arm.send('GET', vault, { as: user })).status, 200)
        const used = await arm.send('DELETE', path)
        assert.deepEqual([used.status, used.body.error.code], [400, 'RoleDefinitionHasAssignments'])
        await arm.send('DELETE', assignment)
        const deleted = await arm.send('DELETE', path)
        assert.deepEqual([deleted.status, deleted.body.name], [200, created.body.name])
        assert.equal((await arm.send('DELETE', path)).status, 204)
      })

      test('a role through which alone access is managed keeps managing it', async () => {
        const home = await ArmHarness.open(engine)
        try {
          const path = `${home.path()}/providers/Microsoft.Authorization/roleDefinitions/${randomGuid()}`
          const role = (actions: readonly string[]) => ({
            properties: { roleName: 'Keeper', permissions: [{ actions }], assignableScopes: [home.path()] },
          })
          const manage = ['Microsoft.Authorization/*', '*/read']
          assert.equal((await home.send('PUT', path, { body: role(manage) })).status, 201)
          const body = { properties: { roleDefinitionId: path, principalId: home.operator } }
          assert.equal((await home.send('PUT', assignmentPath(home.path()), { body })).status, 201)
          const listed = await home.send('GET', home.path('/providers/Microsoft.Authorization/roleAssignments'))
          const first = listed.body.value.find(
            ({ properties }: { properties: { roleDefinitionId: string } }) => properties.roleDefinitionId !== path,
          )
          assert.equal((await home.send('DELETE', first.id)).status, 200)
          const weaker = await home.send('PUT', path, { body: role(['*/read']) })
          assert.deepEqual([weaker.status, weaker.body.error.code], [400, 'LastRBACAdminAssignmentCannotBeDeleted'])
          assert.equal((await home.send('PUT', path, { body: role([...manage, '*/action']) })).status, 201)
        } finally {
          await home.close()
        }
      })

      test('who rules one scope cannot touch a role that is assignable in another', async () => {
        const owner = await arm.user([['owner', vault]])
        const wide = await arm.send('PUT', roleId(randomGuid(), vault), {
          body: custom('Too wide', [vault, arm.path()]),
          as: owner,
        })
        assert.deepEqual([wide.status, wide.body.error.code], [403, 'LinkedAuthorizationFailed'])
        const id = randomGuid()
        const shared = custom('Shared', [vault, arm.inGroup()])
        assert.equal((await arm.send('PUT', roleId(id), { body: shared })).status, 201)
        const taken = await arm.send('PUT', roleId(id, vault), { body: custom('Shared', [vault]), as: owner })
        assert.deepEqual([taken.status, taken.body.error.code], [403, 'AuthorizationFailed'])
        const removed = await arm.send('DELETE', roleId(id, vault), { as: owner })
        assert.deepEqual([removed.status, removed.body.error.code], [403, 'AuthorizationFailed'])
        assert.equal((await arm.send('GET', roleId(id))).body.properties.assignableScopes.length, 2)
      })
    })

    test('deny assignments block, say so, and are listed', async () => {
      const user = await arm.user([['reader', arm.path()]])
      const id = randomGuid()
      await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, (writer) =>
        createDenyAssignment(writer, {
          id,
          name: 'No reading',
          description: '',
          scope: parseScope(vault),
          permissions: [{ actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] }],
          appliesToChildScopes: true,
          principals: [{ id: user, type: 'User' }],
          excludePrincipals: [],
          isSystemProtected: false,
        }),
      )
      const denied = await arm.send('GET', vault, { as: user })
      assert.deepEqual([denied.status, denied.body.error.code], [403, 'DenyAssignmentAuthorizationFailed'])
      assert.match(denied.body.error.message, new RegExp(id))
      const listed = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/denyAssignments`)
      assert.deepEqual(
        listed.body.value.map(({ name }: { name: string }) => name),
        [id],
      )
      assert.equal(listed.body.value[0].properties.doNotApplyToChildScopes, false)
      assert.deepEqual((await arm.send('GET', listed.body.value[0].id)).body, listed.body.value[0])
    })
  })
}
