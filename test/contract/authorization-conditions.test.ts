import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import { roleDefinitionResourceId } from '#authorization/role-definition.ts'
import { parseScope } from '#authorization/scope.ts'
import { type Guid, type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { addGroupMember } from '#directory/group-store.ts'
import { createGroup, createManagedIdentity, createUser } from '#directory/principal-store.ts'
import type { Place } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { vaultRequest } from '../support/vault-fixtures.ts'
import { ArmHarness } from './arm-harness.ts'
import { HandClock, VaultHarness } from './vault-harness.ts'

const roleOf = '[Microsoft.Authorization/roleAssignments:RoleDefinitionId]'
const { reader, owner, keyVaultSecretsUser, keyVaultSecretsOfficer } = builtInRoleIds
const dataAccessAdministrator = trustGuid<Guid>('8b54135c-b56d-4d72-a534-26097cfdc8d8')
const accessControlAdministrator = trustGuid<Guid>('f58310d9-a9f6-439a-9e8d-f62e7b41a168')
const onlyRole = (role: Guid) =>
  `(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}) OR @Request${roleOf} GuidEquals ${role}) AND (!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}) OR @Resource${roleOf} GuidEquals ${role})`

for (const engine of engines) {
  describe(`conditions of role assignments on ${engine.name}`, { skip: engine.skip }, () => {
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

    const pathOf = (scope: string, id: Guid = randomGuid()) =>
      `${scope}/providers/Microsoft.Authorization/roleAssignments/${id}`
    const body = (principalId: PrincipalId, role: Guid, more: object = {}) => ({
      properties: {
        roleDefinitionId: `${arm.path()}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId,
        ...more,
      },
    })
    /** A user that holds a role at the group, under a condition or none. */
    const userWith = async (role: Guid, more: object = {}) => {
      const user = await arm.user()
      const path = pathOf(arm.inGroup())
      const made = await arm.send('PUT', path, { body: body(user, role, more) })
      assert.equal(made.status, 201, made.text)
      return { user, path, made }
    }

    test('a condition is kept as written, read back, changed and taken away', async () => {
      const condition = `( ${onlyRole(reader)} )`
      const { user, path, made } = await userWith(accessControlAdministrator, { condition, conditionVersion: '2.0' })
      assert.deepEqual([made.body.properties.condition, made.body.properties.conditionVersion], [condition, '2.0'])
      assert.deepEqual((await arm.send('GET', path)).body, made.body)
      const same = body(user, accessControlAdministrator, { condition })
      assert.deepEqual([(await arm.send('PUT', path, { body: same })).body], [made.body])
      const other = body(user, accessControlAdministrator, { condition: onlyRole(owner) })
      const changed = await arm.send('PUT', path, { body: other })
      assert.deepEqual([changed.status, changed.body.properties.condition], [200, onlyRole(owner)])
      const none = await arm.send('PUT', path, { body: body(user, accessControlAdministrator, { condition: null }) })
      assert.deepEqual([none.status, 'condition' in none.body.properties], [200, false])
      assert.equal('conditionVersion' in none.body.properties, false)
    })

    test('what cannot be evaluated is refused, and nothing is stored or changed', async () => {
      const user = await arm.user()
      const cases: readonly (readonly [Guid, object, string, string])[] = [
        [
          accessControlAdministrator,
          { condition: onlyRole(reader), conditionVersion: '1.0' },
          'InvalidRoleAssignmentCondition',
          "The given role assignment condition is invalid. 'conditionVersion' must be '2.0'.",
        ],
        [
          keyVaultSecretsUser,
          { condition: "@Resource[Microsoft.KeyVault/vaults/secrets:tag] StringEquals 'a'" },
          'InvalidRoleAssignmentCondition',
          "The given role assignment condition is invalid. At character 1: '@Resource[Microsoft.KeyVault/vaults/secrets:tag]' is no attribute that is known here.",
        ],
        [
          keyVaultSecretsUser,
          { condition: 'x'.repeat(8193) },
          'InvalidRoleAssignmentCondition',
          'The given role assignment condition is invalid. It has more than 8192 characters.',
        ],
        [
          reader,
          { condition: onlyRole(reader) },
          'RoleAssignmentConditionNotSupported',
          "The role 'Reader' holds no action that conditions apply to: actions on secrets in a vault, and writing and deleting role assignments.",
        ],
      ]
      for (const [role, more, code, message] of cases) {
        const answer = await arm.send('PUT', pathOf(vault), { body: body(user, role, more) })
        assert.deepEqual([answer.status, answer.body], [400, { error: { code, message, target: 'condition' } }])
      }
      const listed = await arm.send('GET', `${vault}/providers/Microsoft.Authorization/roleAssignments`, {
        query: { $filter: `principalId eq '${user}'` },
      })
      assert.deepEqual(listed.body.value, [])
      const kept = await userWith(accessControlAdministrator, { condition: onlyRole(reader) })
      const worse = body(kept.user, accessControlAdministrator, { condition: '(' })
      assert.equal((await arm.send('PUT', kept.path, { body: worse })).status, 400)
      assert.deepEqual((await arm.send('GET', kept.path)).body, kept.made.body)
    })

    test('who may assign some roles only assigns and takes away those, and gets no further', async () => {
      const { user } = await userWith(dataAccessAdministrator)
      const other = await arm.user()
      const path = pathOf(vault)
      const allowed = await arm.send('PUT', path, { body: body(other, keyVaultSecretsUser), as: user })
      assert.equal(allowed.status, 201, allowed.text)
      const denied = await arm.send('PUT', pathOf(vault), { body: body(user, owner), as: user })
      assert.deepEqual([denied.status, denied.body.error.code], [403, 'AuthorizationFailed'])
      const action = 'Microsoft.Authorization/roleAssignments/write'
      assert.equal(
        denied.body.error.message,
        `The client 'someone@test' with object id '${user}' does not have authorization or an ABAC condition not fulfilled to perform action '${action}' over scope '${vault.toLowerCase()}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      )
      const ownersPath = pathOf(vault)
      assert.equal((await arm.send('PUT', ownersPath, { body: body(other, owner) })).status, 201)
      const taken = await arm.send('DELETE', ownersPath, { as: user })
      assert.deepEqual([taken.status, taken.body.error.code], [403, 'AuthorizationFailed'])
      assert.equal((await arm.send('DELETE', pathOf(vault), { as: user })).status, 403)
      const removed = await arm.send('DELETE', path, { as: user })
      assert.deepEqual([removed.status, removed.body.name], [200, allowed.body.name])
      const record = arm.records.find(({ body: text }) => String(text).includes('ConditionNotFulfilled'))
      assert.ok(record !== undefined, 'a denial by a condition is recorded as one')
    })

    test('a principal is what the directory says, whatever the caller says', async () => {
      const condition = `!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}) OR @Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEqualsIgnoreCase 'serviceprincipal'`
      const { user } = await userWith(accessControlAdministrator, { condition })
      const person = await arm.user()
      const app = await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, async (writer) => {
        const identity = { displayName: 'app', resourceId: `${vault}x`, userAssigned: false }
        return (await createManagedIdentity(writer, identity)).id
      })
      const given = { principalType: 'ServicePrincipal' }
      assert.equal((await arm.send('PUT', pathOf(vault), { body: body(person, reader), as: user })).status, 403)
      assert.equal((await arm.send('PUT', pathOf(vault), { body: body(person, reader, given), as: user })).status, 403)
      assert.equal((await arm.send('PUT', pathOf(vault), { body: body(app, reader), as: user })).status, 201)
    })

    test('a condition that a principal has through its group counts, and an assignment without one goes before', async () => {
      const user = await arm.user()
      await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, async (writer) => {
        const group = (await createGroup(writer, { displayName: 'Delegates' })).id
        await addGroupMember(writer, group, user)
        await saveRoleAssignment(writer, {
          id: randomGuid(),
          scope: parseScope(vault),
          writtenScope: vault,
          roleDefinitionId: body(group, accessControlAdministrator).properties.roleDefinitionId,
          principalId: group,
          condition: onlyRole(reader),
          by: user,
        })
      })
      const other = await arm.user()
      const send = (role: Guid) => arm.send('PUT', pathOf(vault), { body: body(other, role), as: user })
      assert.equal((await send(reader)).status, 201)
      assert.equal((await send(owner)).status, 403)
      await arm.assign(user, owner, arm.inGroup())
      assert.equal((await send(owner)).status, 201)
    })

    test('who manages access under a condition is not the last who can', async () => {
      await userWith(owner, { condition: onlyRole(reader) })
      const list = await arm.send('GET', arm.path('/providers/Microsoft.Authorization/roleAssignments'), {
        query: { $filter: `atScope() and principalId eq '${arm.operator}'` },
      })
      const [{ id }] = list.body.value
      const deputy = await arm.user()
      const conditional = body(deputy, owner, { condition: onlyRole(reader) })
      assert.equal((await arm.send('PUT', pathOf(arm.path()), { body: conditional })).status, 201)
      const deleted = await arm.send('DELETE', id)
      assert.deepEqual([deleted.status, deleted.body.error.code], [400, 'LastRBACAdminAssignmentCannotBeDeleted'])
      const limited = await arm.send('PUT', id, { body: body(arm.operator, owner, { condition: onlyRole(reader) }) })
      assert.deepEqual([limited.status, limited.body.error.code], [400, 'LastRBACAdminAssignmentCannotBeDeleted'])
    })
  })

  describe(`conditions on secrets on ${engine.name}`, { skip: engine.skip }, () => {
    const clock = new HandClock()
    let harness: VaultHarness
    let place: Place
    before(async () => {
      harness = await VaultHarness.open(engine, { clock })
      place = await harness.place(`kvsyn-${randomHex(4)}`)
    })
    after(() => harness.close())

    async function permissionsUnder(condition: string, role = keyVaultSecretsOfficer) {
      const user = await harness.write(async (writer) => {
        const { id } = await createUser(writer, { displayName: 'u', userPrincipalName: `${randomGuid()}@test` })
        await saveRoleAssignment(writer, {
          id: randomGuid(),
          scope: place.scope,
          writtenScope: place.scope.path,
          roleDefinitionId: roleDefinitionResourceId(role, place.scope),
          principalId: id,
          condition,
          by: id,
        })
        return id
      }, 'generation')
      return harness.read((transaction) => createAuthorizer({ clock }).load(transaction, user))
    }

    /** What the gate asks before it runs one operation. */
    async function decide(condition: string, id: string, name: string, role?: Guid): Promise<string> {
      const permissions = await permissionsUnder(condition, role)
      const operation = harness.vault.surface.operations.find((candidate) => candidate.id === id)
      assert.ok(operation?.open === undefined && operation !== undefined)
      const request = vaultRequest({ place, path: { name, version: '' }, body: { value: 'v' } })
      const caller = undefined
      const shown = { origin: request.origin, apiVersion: request.apiVersion, facts: request.facts }
      const context = { tenant: place.tenant, caller, place, request: shown, permits: () => false }
      const required = await operation.requirements(context, operation.parse(request))
      assert.notEqual(required, 'filtered')
      const decision = required === 'filtered' ? undefined : permissions.decide(required)
      return decision?.outcome === 'deny' ? decision.reason : (decision?.outcome ?? '')
    }

    const secrets = 'Microsoft.KeyVault/vaults/secrets'
    const onResource = `@Resource[${secrets}:name] StringStartsWith 'test-app'`
    const onRequest = `@Request[${secrets}:name] StringStartsWith 'test-app'`
    const kept = [
      'getSecret',
      'updateSecret',
      'deleteSecret',
      'backupSecret',
      'recoverDeletedSecret',
      'purgeDeletedSecret',
    ]
    const held: readonly (readonly [string, string])[] = [
      ...kept.map((id) => [id, onResource] as const),
      ['getDeletedSecret', onResource],
      ['getSecretVersions', onResource],
      ['setSecret', onRequest],
    ]
    for (const [id, condition] of held) {
      test(`${id} brings the secret's name along`, async () => {
        assert.equal(await decide(condition, id, 'test-app-1'), 'allow')
        assert.equal(await decide(condition, id, 'test-db'), 'ConditionNotFulfilled')
        assert.equal(await decide(condition, id, 'Test-App-1'), 'ConditionNotFulfilled')
        const other = condition === onRequest ? onResource : onRequest
        assert.equal(await decide(other, id, 'test-app-1'), 'ConditionNotFulfilled')
      })
    }

    test('a list of all secrets has no secret name, but its vault has one', async () => {
      assert.equal(await decide(onResource, 'getSecrets', ''), 'ConditionNotFulfilled')
      assert.equal(await decide(`NOT ${onResource}`, 'getSecrets', ''), 'ConditionNotFulfilled')
      const ofVault = "@Resource[Microsoft.KeyVault/vaults:name] StringStartsWith 'kvsyn'"
      assert.equal(await decide(ofVault, 'getSecrets', ''), 'allow')
      assert.equal(await decide(ofVault, 'getSecret', 'a'), 'allow')
      assert.equal(await decide(ofVault.replace('kvsyn', 'kvdeny'), 'getSecret', 'a'), 'ConditionNotFulfilled')
    })

    test('a guard leaves the other actions alone', async () => {
      const guarded = `!(ActionMatches{'${secrets}/getSecret/action'}) OR ${onResource}`
      assert.equal(await decide(guarded, 'getSecret', 'other', keyVaultSecretsUser), 'ConditionNotFulfilled')
      assert.equal(await decide(guarded, 'getSecretVersions', 'other', keyVaultSecretsUser), 'allow')
      assert.equal(await decide(guarded, 'deleteSecret', 'other', keyVaultSecretsUser), 'NoAssignment')
    })

    test('a condition on the time ends by itself', async () => {
      const ends = new Date(clock.now().getTime() + 60_000).toISOString()
      const permissions = await permissionsUnder(`@Environment[UtcNow] DateTimeLessThan '${ends}'`)
      const getSecret = { kind: 'data', name: `${secrets}/getSecret/action` } as const
      assert.equal(permissions.permits(getSecret, place.scope), true)
      clock.advance(60)
      assert.equal(permissions.permits(getSecret, place.scope), false)
    })
  })
}
