import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { type Authorizer, action, dataAction, type Permissions } from '#authorization/decision.ts'
import {
  createDenyAssignment,
  deleteDenyAssignment,
  findDenyAssignment,
  listDenyAssignments,
  type NewDenyAssignment,
} from '#authorization/deny-assignment-store.ts'
import { everyonePrincipalId } from '#authorization/evaluate.ts'
import {
  parseDenyAssignmentFilter,
  parseRoleAssignmentFilter,
  parseRoleDefinitionFilter,
} from '#authorization/filter.ts'
import {
  deleteRoleAssignment,
  findRoleAssignment,
  findRoleAssignmentAt,
  listRoleAssignments,
  type RoleAssignmentRequest,
  roleAssignmentResourceId,
  saveRoleAssignment,
} from '#authorization/role-assignment-store.ts'
import { roleDefinitionResourceId } from '#authorization/role-definition.ts'
import {
  type CustomRoleProperties,
  deleteCustomRole,
  findRoleDefinition,
  listRoleDefinitions,
  parseCustomRole,
  saveCustomRole,
} from '#authorization/role-definition-store.ts'
import { parseScope, rootScope } from '#authorization/scope.ts'
import { type Guid, type PrincipalId, type SubscriptionId, type TenantId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { createDirectory } from '#directory/directory.ts'
import { addGroupMember, removeGroupMember } from '#directory/group-store.ts'
import { createGroup, createManagedIdentity, createUser, setPrincipalEnabled } from '#directory/principal-store.ts'
import type { Database, Freshness, Reader, Writer } from '#storage/database.ts'
import { engines, type OpenEngine } from '../support/databases.ts'

const credentials = {
  hashCredential: () => Promise.reject(new Error('no secret is hashed here')),
  verifyCredential: () => Promise.reject(new Error('no secret is verified here')),
}
const getSecret = dataAction('Microsoft.KeyVault/vaults/secrets/getSecret/action')
const vaultWrite = action('Microsoft.KeyVault/vaults/write')
const resourceId = (name: string) => `/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/${name}`

function refusal(kind: string, code: string, message?: string) {
  return { name: 'ServiceError', kind, code, ...(message === undefined ? {} : { message }) }
}

for (const engine of engines) {
  describe(`authorization on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    let database: Database
    let authorizer: Authorizer
    let tenant: TenantId
    let subscription: string
    let operator: PrincipalId

    before(async () => {
      opened = await engine.open()
      database = opened.database
    })

    after(() => opened.close())

    beforeEach(async () => {
      authorizer = createAuthorizer()
      tenant = trustGuid(randomGuid())
      const subscriptionId = trustGuid<SubscriptionId>(randomGuid())
      subscription = `/subscriptions/${subscriptionId}`
      operator = await database.system('write', async (kysely) => {
        const now = new Date('2026-11-01T00:00:00Z')
        const home = await createDirectory({ credentials }).createHomeTenant(kysely, {
          tenantId: tenant,
          subscriptionId,
          tenantName: 'Home',
          domain: `${tenant}.example`,
          subscriptionName: 'Subscription',
          now,
        })
        await saveRoleAssignment({ kysely, tenant, now }, request({ principalId: home.operator.id }))
        return home.operator.id
      })
    })

    function request(given: Partial<RoleAssignmentRequest> & { role?: Guid; at?: string }): RoleAssignmentRequest {
      const { role = builtInRoleIds.owner, at = subscription, ...rest } = given
      return {
        id: randomGuid(),
        scope: parseScope(at),
        writtenScope: at,
        roleDefinitionId: roleDefinitionResourceId(role, parseScope(at)),
        principalId: operator,
        by: operator ?? 'first start',
        ...rest,
      }
    }

    function write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
      return database.write({ tenant, moves: 'generation' }, work)
    }

    function read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
      return database.read({ tenant }, work)
    }

    function assign(given: Parameters<typeof request>[0]) {
      return write((writer) => saveRoleAssignment(writer, request(given)))
    }

    function newIdentity(name = 'app'): Promise<PrincipalId> {
      return write(async (writer) => {
        const identity = { displayName: name, resourceId: resourceId(name), userAssigned: false }
        return (await createManagedIdentity(writer, identity)).id
      })
    }

    function newGroup(displayName: string): Promise<PrincipalId> {
      return write(async (writer) => (await createGroup(writer, { displayName })).id)
    }

    function permissionsOf(principal: PrincipalId): Promise<Permissions> {
      return read((reader) => authorizer.load(reader, principal))
    }

    const vault = (name = 'kv1') => `${subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/${name}`
    const secret = (name = 'kv1') => parseScope(`${vault(name)}/secrets/db`)

    describe('loading permissions', () => {
      test('the operator is Owner of the subscription and nothing more', async () => {
        const permissions = await permissionsOf(operator)
        const [assignment] = (await list()).assignments
        assert.deepEqual(permissions.decide([{ anyOf: [vaultWrite], scope: parseScope(vault()) }]), {
          outcome: 'allow',
          assignmentId: assignment?.id,
          action: vaultWrite,
          scope: parseScope(vault()),
        })
        assert.equal(permissions.permits(getSecret, secret()), false)
        assert.equal(permissions.permits(vaultWrite, rootScope), false)
      })

      test('any one action of a requirement is enough, and every requirement must hold', async () => {
        const permissions = await permissionsOf(operator)
        const scope = parseScope(vault())
        assert.equal(permissions.decide([{ anyOf: [getSecret, vaultWrite], scope }]).outcome, 'allow')
        assert.deepEqual(
          permissions.decide([
            { anyOf: [vaultWrite], scope },
            { anyOf: [getSecret], scope },
          ]),
          { outcome: 'deny', reason: 'NoAssignment', action: getSecret, scope },
        )
      })

      test('a grant and its removal hold from the next freshness on, and the old answer is not reused', async () => {
        const app = await newIdentity()
        assert.equal((await permissionsOf(app)).permits(getSecret, secret()), false)
        const before = await database.currentFreshness(tenant)
        assert.notEqual(authorizer.cached(tenant, app, before), undefined)

        const { assignment } = await assign({ principalId: app, role: builtInRoleIds.keyVaultSecretsUser, at: vault() })
        const granted = await database.currentFreshness(tenant)
        assert.equal(authorizer.cached(tenant, app, granted), undefined)
        assert.equal((await permissionsOf(app)).permits(getSecret, secret()), true)
        assert.equal((await permissionsOf(app)).permits(getSecret, secret('kv10')), false)

        await write((writer) => deleteRoleAssignment(writer, assignment.canonicalScope, assignment.id))
        const revoked = await database.currentFreshness(tenant)
        assert.equal(authorizer.cached(tenant, app, revoked), undefined)
        assert.equal((await permissionsOf(app)).permits(getSecret, secret()), false)
      })

      test('the cache answers only for the same tenant, principal, generation and epoch', async () => {
        const permissions = await permissionsOf(operator)
        const { freshness } = permissions
        const other = (moved: Partial<Freshness>) => authorizer.cached(tenant, operator, { ...freshness, ...moved })
        assert.equal(authorizer.cached(tenant, operator, { ...freshness }), permissions)
        assert.equal(other({ generation: freshness.generation + 1 }), undefined)
        assert.equal(other({ epoch: freshness.epoch + 1 }), undefined)
        assert.equal(authorizer.cached(trustGuid(randomGuid()), operator, freshness), undefined)
        assert.equal(authorizer.cached(tenant, trustGuid(randomGuid()), freshness), undefined)
      })

      test('the least recently used principal leaves a full cache', async () => {
        authorizer = createAuthorizer({ maximumCachedPrincipals: 2 })
        const [first, second, third] = [await newIdentity('a'), await newIdentity('b'), await newIdentity('c')]
        const { freshness } = await permissionsOf(first)
        await permissionsOf(second)
        assert.notEqual(authorizer.cached(tenant, first, freshness), undefined)
        await permissionsOf(third)
        const isCached = (id: PrincipalId) => authorizer.cached(tenant, id, freshness) !== undefined
        assert.deepEqual([first, second, third].map(isCached), [true, false, true])
      })

      test('a load that began before a change does not take the place of one that began after it', async () => {
        await database.read({ tenant, consistency: 'snapshot' }, async (older) => {
          await assign({ role: builtInRoleIds.keyVaultSecretsUser, at: vault() })
          const newer = await permissionsOf(operator)
          const stale = await authorizer.load(older, operator)
          assert.equal(stale.permits(getSecret, secret()), false)
          assert.equal(authorizer.cached(tenant, operator, newer.freshness), newer)
          assert.equal(authorizer.cached(tenant, operator, stale.freshness), undefined)
        })
      })

      test('groups count through other groups, also in a circle, until the membership ends', async () => {
        const app = await newIdentity()
        const [inner, outer] = [await newGroup('inner'), await newGroup('outer')]
        await write(async (writer) => {
          await addGroupMember(writer, inner, app)
          await addGroupMember(writer, outer, inner)
          await addGroupMember(writer, inner, outer)
        })
        await assign({ principalId: outer, role: builtInRoleIds.keyVaultSecretsUser, at: vault() })
        assert.equal((await permissionsOf(app)).permits(getSecret, secret()), true)
        await write((writer) => removeGroupMember(writer, outer, inner))
        assert.equal((await permissionsOf(app)).permits(getSecret, secret()), false)
      })

      test('a disabled principal and an unknown one are denied, and the unknown one is not remembered', async () => {
        await write((writer) => setPrincipalEnabled(writer, operator, false))
        const scope = parseScope(vault())
        assert.deepEqual((await permissionsOf(operator)).decide([{ anyOf: [vaultWrite], scope }]), {
          outcome: 'deny',
          reason: 'PrincipalDisabled',
          action: vaultWrite,
          scope,
        })
        const nobody = trustGuid<PrincipalId>(randomGuid())
        await assign({ principalId: nobody, principalType: 'ServicePrincipal' })
        const permissions = await permissionsOf(nobody)
        assert.deepEqual(permissions.decide([{ anyOf: [vaultWrite], scope }]), {
          outcome: 'deny',
          reason: 'PrincipalUnknown',
          action: vaultWrite,
          scope,
        })
        assert.equal(authorizer.cached(tenant, nobody, permissions.freshness), undefined)
      })

      test('a custom role allows what it says', async () => {
        const app = await newIdentity()
        const id = randomGuid()
        await write((writer) => saveCustomRole(writer, { id, properties: customRole(), by: operator }))
        await assign({ principalId: app, role: id, at: vault() })
        const permissions = await permissionsOf(app)
        assert.equal(permissions.permits(getSecret, secret()), true)
        assert.equal(permissions.permits(dataAction('Microsoft.KeyVault/vaults/secrets/delete'), secret()), false)
        assert.equal(permissions.permits(vaultWrite, parseScope(vault())), false)
      })
    })

    function list(filter?: string, at = subscription, page: { limit?: number; after?: Guid | undefined } = {}) {
      const query = { scope: parseScope(at), filter: parseRoleAssignmentFilter(filter), limit: 100, ...page }
      return read((reader) => listRoleAssignments(reader, query))
    }

    function customRole(changes: object = {}): CustomRoleProperties {
      return parseCustomRole({
        roleName: 'Secret Reader',
        description: 'Reads secrets.',
        type: 'CustomRole',
        permissions: [
          {
            actions: [],
            notActions: [],
            dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
            notDataActions: ['Microsoft.KeyVault/vaults/secrets/delete'],
          },
        ],
        assignableScopes: [subscription],
        ...changes,
      })
    }

    describe('role assignments', () => {
      test('are created once, found by scope and name, and keep the scope as written', async () => {
        const app = await newIdentity()
        const at = vault().replace('resourceGroups', 'resourcegroups')
        const asked = request({ principalId: app, role: builtInRoleIds.reader, at, description: 'for the app' })
        const saved = await write((writer) => saveRoleAssignment(writer, asked))
        assert.deepEqual(
          { ...saved, assignment: { ...saved.assignment, createdAt: undefined, updatedAt: undefined } },
          {
            outcome: 'created',
            assignment: {
              id: asked.id,
              scope: at,
              canonicalScope: parseScope(at),
              roleDefinitionId: builtInRoleIds.reader,
              principalId: app,
              principalType: 'ServicePrincipal',
              description: 'for the app',
              condition: undefined,
              createdAt: undefined,
              updatedAt: undefined,
              createdBy: operator,
              updatedBy: operator,
            },
          },
        )
        const found = await read((reader) => findRoleAssignmentAt(reader, parseScope(vault()), asked.id))
        assert.deepEqual(found, saved.assignment)
        assert.equal(
          await read((reader) => findRoleAssignmentAt(reader, parseScope(subscription), asked.id)),
          undefined,
        )
        assert.equal(
          roleAssignmentResourceId(saved.assignment),
          `${at}/providers/Microsoft.Authorization/roleAssignments/${asked.id}`,
        )
      })

      test('the same PUT again changes nothing, and a description may change', async () => {
        const asked = request({ role: builtInRoleIds.reader })
        await write((writer) => saveRoleAssignment(writer, asked))
        const again = await write((writer) => saveRoleAssignment(writer, asked))
        assert.equal(again.outcome, 'unchanged')
        const described = await write((writer) => saveRoleAssignment(writer, { ...asked, description: 'why' }))
        assert.equal(described.outcome, 'updated')
        const stored = await read((reader) => findRoleAssignment(reader, asked.id))
        assert.equal(stored?.description, 'why')
        assert.deepEqual(stored?.createdAt, again.assignment.createdAt)
      })

      test('a PUT under the same id for anything else is refused', async () => {
        const app = await newIdentity()
        const asked = request({ role: builtInRoleIds.reader })
        await write((writer) => saveRoleAssignment(writer, asked))
        const changes = [{ principalId: app }, { at: vault() }, { role: builtInRoleIds.contributor }]
        for (const change of changes) {
          await assert.rejects(
            assign({ role: builtInRoleIds.reader, ...change, id: asked.id }),
            refusal(
              'malformed',
              'RoleAssignmentUpdateNotPermitted',
              'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
            ),
          )
        }
      })

      test('a second one for the same scope, principal and role names the first', async () => {
        const [existing] = (await list()).assignments
        await assert.rejects(
          assign({ at: subscription.toUpperCase() }),
          refusal(
            'conflict',
            'RoleAssignmentExists',
            `The role assignment already exists. The ID of the existing role assignment is ${existing?.id.replaceAll('-', '')}.`,
          ),
        )
      })

      test('one on behalf of another identity is refused and not stored', async () => {
        const asked = request({
          role: builtInRoleIds.reader,
          delegatedManagedIdentityResourceId: resourceId('other'),
        })
        await assert.rejects(
          write((writer) => saveRoleAssignment(writer, asked)),
          refusal('malformed', 'DelegatedManagedIdentityNotSupported'),
        )
        assert.equal(await read((reader) => findRoleAssignment(reader, asked.id)), undefined)
        const empty = await assign({ role: builtInRoleIds.reader, condition: null, conditionVersion: '' })
        assert.equal(empty.outcome, 'created')
      })

      test('an unknown principal is refused unless its type is given; a wrong type is refused', async () => {
        const nobody = trustGuid<PrincipalId>(randomGuid())
        await assert.rejects(
          assign({ principalId: nobody }),
          refusal(
            'malformed',
            'PrincipalNotFound',
            `Principal ${nobody.replaceAll('-', '')} does not exist in the directory ${tenant}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype`,
          ),
        )
        const saved = await assign({ principalId: nobody, principalType: 'servicePrincipal' })
        assert.equal(saved.assignment.principalType, 'ServicePrincipal')
        await assert.rejects(
          assign({ principalType: 'Group', role: builtInRoleIds.reader }),
          refusal('malformed', 'UnmatchedPrincipalType'),
        )
        await assert.rejects(
          assign({ principalType: 'Robot', role: builtInRoleIds.reader }),
          refusal('malformed', 'InvalidPrincipalType'),
        )
      })

      test('the role must exist and be assignable there', async () => {
        const id = randomGuid()
        await assert.rejects(
          assign({ role: id }),
          refusal(
            'not-found',
            'RoleDefinitionDoesNotExist',
            `The specified role definition with ID '${id.replaceAll('-', '')}' does not exist.`,
          ),
        )
        const properties = customRole({ assignableScopes: [vault()] })
        await write((writer) => saveCustomRole(writer, { id, properties, by: operator }))
        await assert.rejects(
          assign({ role: id, at: vault('kv10') }),
          refusal('malformed', 'RoleAssignmentScopeNotAssignableToRoleDefinition'),
        )
        assert.equal((await assign({ role: id, at: `${vault()}/secrets/db` })).outcome, 'created')
        await assert.rejects(assign({ roleDefinitionId: id }), refusal('malformed', 'InvalidRoleDefinitionId'))
        const atTenant = {
          roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.reader}`,
        }
        assert.equal((await assign(atTenant)).assignment.roleDefinitionId, builtInRoleIds.reader)
      })

      test('lists show what is at, above and below the scope, for whom the filter says', async () => {
        const [app, other] = [await newIdentity('app'), await newIdentity('other')]
        const group = await newGroup('group')
        await write((writer) => addGroupMember(writer, group, app))
        const role = builtInRoleIds.reader
        const resourceGroup = `${subscription}/resourceGroups/rg`
        const ids: Record<string, string> = {}
        const put = async (name: string, principalId: PrincipalId, at: string) => {
          ids[name] = (await assign({ principalId, at, role })).assignment.id
        }
        await put('root-app', app, '/')
        await put('rg-group', group, resourceGroup)
        await put('vault-app', app, vault())
        await put('vault-other', other, vault())
        await put('vault10-app', app, vault('kv10'))
        await put('sibling-app', app, `${subscription}/resourceGroups/rg_`)
        await put('secret-app', app, `${vault()}/secrets/db`)
        const names = async (filter: string | undefined, at: string) => {
          const { assignments } = await list(filter, at)
          return Object.keys(ids)
            .filter((name) => assignments.some((assignment) => assignment.id === ids[name]))
            .sort()
        }
        assert.deepEqual(await names(undefined, vault()), [
          'rg-group',
          'root-app',
          'secret-app',
          'vault-app',
          'vault-other',
        ])
        assert.deepEqual(await names('atScope()', vault()), ['rg-group', 'root-app', 'vault-app', 'vault-other'])
        assert.deepEqual(await names(`principalId eq '${app}'`, vault()), ['root-app', 'secret-app', 'vault-app'])
        assert.deepEqual(await names(`assignedTo('${app}')`, vault()), [
          'rg-group',
          'root-app',
          'secret-app',
          'vault-app',
        ])
        assert.deepEqual(await names(`atScope() and assignedTo('${app}')`, vault()), [
          'rg-group',
          'root-app',
          'vault-app',
        ])
        assert.deepEqual(await names(`atScope() and principalId eq '${app}'`, vault().toUpperCase()), [
          'root-app',
          'vault-app',
        ])
        assert.deepEqual(await names('atScope()', '/'), ['root-app'])
        assert.deepEqual(await names(`principalId eq '${app}'`, '/'), [
          'root-app',
          'secret-app',
          'sibling-app',
          'vault-app',
          'vault10-app',
        ])
        assert.deepEqual(await names(`principalId eq '${app}'`, resourceGroup), [
          'root-app',
          'secret-app',
          'vault-app',
          'vault10-app',
        ])
        assert.deepEqual(await names(`principalId eq '${randomGuid()}'`, '/'), [])
      })

      test('pages follow each other without loss or repetition', async () => {
        const app = await newIdentity()
        for (let at = 0; at < 5; at++)
          await assign({ principalId: app, at: vault(`kv${at}`), role: builtInRoleIds.reader })
        const seen: Guid[] = []
        let last: Guid | undefined
        do {
          const page = await list(`assignedTo('${app}')`, subscription, { limit: 2, after: last })
          assert.ok(page.assignments.length <= 2)
          seen.push(...page.assignments.map((assignment) => assignment.id))
          last = page.next
        } while (last !== undefined)
        assert.equal(new Set(seen).size, 5)
        assert.deepEqual(seen, seen.toSorted())
      })

      test('are deleted at their own scope only, and give back what was deleted', async () => {
        const app = await newIdentity()
        const { assignment } = await assign({ principalId: app, at: vault() })
        const remove = (at: string) => write((writer) => deleteRoleAssignment(writer, parseScope(at), assignment.id))
        assert.equal(await remove(subscription), undefined)
        assert.deepEqual(await remove(vault().toLowerCase()), assignment)
        assert.equal(await remove(vault()), undefined)
      })

      test('the last one that can manage access to a subscription stays', async () => {
        const [owner] = (await list()).assignments
        assert.ok(owner !== undefined)
        const removeOwner = () => write((writer) => deleteRoleAssignment(writer, owner.canonicalScope, owner.id))
        const lastOne = refusal(
          'malformed',
          'LastRBACAdminAssignmentCannotBeDeleted',
          'Cannot delete the last RBAC admin assignment.',
        )
        await assert.rejects(removeOwner(), lastOne)
        // Neither a role without that power, nor nobody, nor an empty group, nor a narrower scope stands in.
        const group = await newGroup('administrators')
        const nobody = trustGuid<PrincipalId>(randomGuid())
        const app = await newIdentity()
        await assign({ principalId: app, role: builtInRoleIds.contributor })
        await assign({ principalId: app, at: vault() })
        await assign({ principalId: nobody, principalType: 'User' })
        await assign({ principalId: group, role: trustGuid('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9') })
        await assert.rejects(removeOwner(), lastOne)
        await write((writer) => addGroupMember(writer, group, app))
        assert.deepEqual(await removeOwner(), owner)
      })

      test('of another tenant are neither found, listed nor deleted', async () => {
        const other = trustGuid<TenantId>(randomGuid())
        await database.system('write', (kysely) =>
          createDirectory({ credentials }).createHomeTenant(kysely, {
            tenantId: other,
            subscriptionId: trustGuid(randomGuid()),
            tenantName: 'Other',
            domain: `${other}.example`,
            subscriptionName: 'Other',
            now: new Date('2026-11-02T00:00:00Z'),
          }),
        )
        const [owner] = (await list()).assignments
        assert.ok(owner !== undefined)
        await database.write({ tenant: other, moves: 'generation' }, async (writer) => {
          assert.equal(await findRoleAssignment(writer, owner.id), undefined)
          assert.equal(await deleteRoleAssignment(writer, owner.canonicalScope, owner.id), undefined)
          const query = { scope: rootScope, filter: parseRoleAssignmentFilter(undefined), limit: 10 }
          assert.deepEqual(await listRoleAssignments(writer, query), { assignments: [], next: undefined })
          const permissions = await authorizer.load(writer, operator)
          assert.equal(permissions.permits(vaultWrite, owner.canonicalScope), false)
        })
      })
    })

    describe('role definitions', () => {
      const save = (properties: CustomRoleProperties, id: Guid = randomGuid()) =>
        write((writer) => saveCustomRole(writer, { id, properties, by: operator }))
      const listRoles = (filter?: string, at = subscription) =>
        read((reader) =>
          listRoleDefinitions(reader, { scope: parseScope(at), filter: parseRoleDefinitionFilter(filter) }),
        )

      test('a built-in role is found by name in any letter case', async () => {
        const [role, ...others] = await listRoles("roleName eq 'key vault SECRETS user'")
        assert.equal(role?.id, builtInRoleIds.keyVaultSecretsUser)
        assert.equal(role?.roleName, 'Key Vault Secrets User')
        assert.deepEqual(others, [])
      })

      test('a custom role is created, replaced, listed where it is assignable, and deleted', async () => {
        const { role, outcome } = await save(customRole({ assignableScopes: [vault()] }))
        assert.equal(outcome, 'created')
        assert.deepEqual(await read((reader) => findRoleDefinition(reader, role.id)), role)
        const listed = async (filter: string, at?: string) => (await listRoles(filter, at)).map((entry) => entry.id)
        assert.deepEqual(await listed("type eq 'CustomRole'", vault()), [role.id])
        assert.deepEqual(await listed("type eq 'CustomRole'"), [])
        assert.deepEqual(await listed("type eq 'CustomRole' and atScopeAndBelow()"), [role.id])
        assert.deepEqual(await listed("roleName eq 'secret reader'", `${vault()}/secrets/db`), [role.id])
        const replaced = await save(customRole({ description: 'Other words.' }), role.id)
        assert.equal(replaced.outcome, 'updated')
        assert.deepEqual(replaced.role.createdAt, role.createdAt)
        assert.deepEqual(await write((writer) => deleteCustomRole(writer, role.id)), replaced.role)
        assert.equal(await write((writer) => deleteCustomRole(writer, role.id)), undefined)
      })

      test('a name is taken in any letter case, by built-in roles too', async () => {
        await save(customRole())
        const taken = refusal('conflict', 'RoleDefinitionWithSameNameExists')
        await assert.rejects(save(customRole({ roleName: 'SECRET reader' })), taken)
        await assert.rejects(save(customRole({ roleName: 'owner' })), taken)
      })

      test('a role in use is neither deleted nor taken away from where it is assigned', async () => {
        const { role } = await save(customRole())
        await assign({ role: role.id, at: vault() })
        const inUse = refusal('malformed', 'RoleDefinitionHasAssignments')
        await assert.rejects(
          write((writer) => deleteCustomRole(writer, role.id)),
          inUse,
        )
        await assert.rejects(save(customRole({ assignableScopes: [vault('kv10')] }), role.id), inUse)
        assert.equal((await save(customRole({ assignableScopes: [vault()] }), role.id)).outcome, 'updated')
      })

      test('a built-in role cannot be changed or deleted', async () => {
        const fixed = refusal('forbidden', 'BuiltInRoleUpdateNotPermitted')
        await assert.rejects(save(customRole(), builtInRoleIds.reader), fixed)
        await assert.rejects(
          write((writer) => deleteCustomRole(writer, builtInRoleIds.reader)),
          fixed,
        )
      })

      const broken: readonly (readonly [string, object])[] = [
        ['no name', { roleName: '' }],
        ['a name that is too long', { roleName: 'x'.repeat(513) }],
        ['the type of a built-in role', { type: 'BuiltInRole' }],
        ['no permissions', { permissions: [] }],
        ['permissions that allow nothing', { permissions: [{ notActions: ['*'] }] }],
        [
          'a condition',
          { permissions: [{ actions: ['*'], condition: '@Resource[a] Exists', conditionVersion: '2.0' }] },
        ],
        ['an action that is no text', { permissions: [{ actions: [1] }] }],
        ['an action with a space', { permissions: [{ actions: ['Microsoft.KeyVault/vaults/ read'] }] }],
        ['no assignable scope', { assignableScopes: [] }],
        ['the root as assignable scope', { assignableScopes: ['/'] }],
      ]
      for (const [what, changes] of broken) {
        test(`a custom role with ${what} is refused`, () => {
          assert.throws(() => customRole(changes), refusal('malformed', 'InvalidRoleDefinition'))
        })
      }

      test('an assignable scope with a dot segment is refused', () => {
        assert.throws(
          () => customRole({ assignableScopes: [`${subscription}/../x`] }),
          refusal('malformed', 'InvalidScope'),
        )
      })
    })

    describe('deny assignments', () => {
      function lock(changes: Partial<NewDenyAssignment> = {}): NewDenyAssignment {
        return {
          id: randomGuid(),
          name: 'Lock',
          description: '',
          scope: parseScope(vault()),
          permissions: [{ actions: ['*/write'], notActions: [], dataActions: [], notDataActions: [] }],
          appliesToChildScopes: true,
          principals: [{ id: everyonePrincipalId, type: 'SystemDefined' }],
          excludePrincipals: [],
          isSystemProtected: true,
          ...changes,
        }
      }
      const deny = (changes: Partial<NewDenyAssignment>) =>
        write((writer) => createDenyAssignment(writer, lock(changes)))

      test('block an Owner until they are deleted, and are named in the answer', async () => {
        const created = await deny({})
        const scope = parseScope(vault())
        assert.deepEqual((await permissionsOf(operator)).decide([{ anyOf: [vaultWrite], scope }]), {
          outcome: 'deny',
          reason: 'DenyAssignment',
          action: vaultWrite,
          scope,
          denyAssignmentId: created.id,
        })
        assert.equal(await write((writer) => deleteDenyAssignment(writer, created.id)), true)
        assert.equal((await permissionsOf(operator)).permits(vaultWrite, scope), true)
        assert.equal(await write((writer) => deleteDenyAssignment(writer, created.id)), false)
      })

      test('spare whom they exclude, through a group too, and what is below when told so', async () => {
        const group = await newGroup('spared')
        await deny({ excludePrincipals: [{ id: group, type: 'Group' }] })
        assert.equal((await permissionsOf(operator)).permits(vaultWrite, parseScope(vault())), false)
        await write((writer) => addGroupMember(writer, group, operator))
        assert.equal((await permissionsOf(operator)).permits(vaultWrite, parseScope(vault())), true)
        await deny({ scope: parseScope(subscription), appliesToChildScopes: false })
        const permissions = await permissionsOf(operator)
        assert.equal(permissions.permits(vaultWrite, parseScope(vault())), true)
        assert.equal(permissions.permits(vaultWrite, parseScope(subscription)), false)
      })

      test('that name a user leave others alone', async () => {
        const other = await write((writer) =>
          createUser(writer, { displayName: 'Other', userPrincipalName: 'other@x.example' }),
        )
        await deny({ principals: [{ id: other.id, type: 'User' }] })
        assert.equal((await permissionsOf(operator)).permits(vaultWrite, parseScope(vault())), true)
      })

      test('are found and listed with their principals', async () => {
        const group = await newGroup('spared')
        const created = await deny({ excludePrincipals: [{ id: group, type: 'Group' }] })
        const elsewhere = await deny({ scope: parseScope(vault('kv10')), name: 'Elsewhere' })
        assert.deepEqual(await read((reader) => findDenyAssignment(reader, created.id)), created)
        const names = async (filter: string | undefined, at: string) => {
          const query = { scope: parseScope(at), filter: parseDenyAssignmentFilter(filter), limit: 10 }
          const page = await read((reader) => listDenyAssignments(reader, query))
          return page.denyAssignments.map((entry) => entry.name).sort()
        }
        assert.deepEqual(await names(undefined, subscription), ['Elsewhere', 'Lock'])
        assert.deepEqual(await names('atScope()', subscription), [])
        assert.deepEqual(await names('atScope()', vault()), ['Lock'])
        assert.deepEqual(await names(`principalId eq '${everyonePrincipalId}'`, vault()), ['Lock'])
        assert.deepEqual(await names(`principalId eq '${group}'`, vault()), [])
        assert.deepEqual(await names("denyAssignmentName eq 'elsewhere'", subscription), ['Elsewhere'])
        const first = await read((reader) =>
          listDenyAssignments(reader, {
            scope: parseScope(subscription),
            filter: parseDenyAssignmentFilter(undefined),
            limit: 1,
          }),
        )
        assert.equal(first.next, [created.id, elsewhere.id].sort()[0])
      })

      test('that name nobody or block nothing, or whose id is taken, are refused', async () => {
        const empty = [{ actions: [], notActions: ['*'], dataActions: [], notDataActions: [] }]
        await assert.rejects(deny({ principals: [] }), refusal('malformed', 'InvalidDenyAssignment'))
        await assert.rejects(deny({ permissions: empty }), refusal('malformed', 'InvalidDenyAssignment'))
        const { id } = await deny({})
        await assert.rejects(deny({ id }), refusal('conflict', 'DenyAssignmentExists'))
      })
    })
  })
}
