import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type ClientId, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { hashCredential, verifyCredential } from '#crypto/password.ts'
import { addClientSecret, maximumClientSecrets, removeClientSecret } from '#directory/client-secret-store.ts'
import { createDirectory } from '#directory/directory.ts'
import { addGroupMember, listGroupMembers, removeGroupMember } from '#directory/group-store.ts'
import { transitiveGroups } from '#directory/membership.ts'
import {
  createGroup,
  createManagedIdentity,
  createServicePrincipal,
  createUser,
  deletePrincipal,
  findPrincipal,
  findPrincipals,
  findServicePrincipalByClientId,
  findUserByPrincipalName,
  revokeTokens,
  setPrincipalEnabled,
} from '#directory/principal-store.ts'
import {
  findSubscription,
  findTenant,
  findTenantByDomain,
  listSubscriptions,
  listTenants,
} from '#directory/tenant-store.ts'
import type { Database, Reader, Writer } from '#storage/database.ts'
import { createTenant, engines, type OpenEngine } from '../support/databases.ts'

const directory = createDirectory({ credentials: { hashCredential, verifyCredential } })

function refusal(kind: string, code: string) {
  return { name: 'ServiceError', kind, code }
}

for (const engine of engines) {
  describe(`the directory on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    let database: Database
    let tenant: TenantId

    before(async () => {
      opened = await engine.open()
      database = opened.database
    })

    after(() => opened.close())

    beforeEach(async () => {
      tenant = await createTenant(database)
    })

    function write<T>(work: (writer: Writer) => Promise<T>, where = tenant): Promise<T> {
      return database.write({ tenant: where, moves: 'both' }, work)
    }

    function read<T>(work: (reader: Reader) => Promise<T>, where = tenant): Promise<T> {
      return database.read({ tenant: where }, work)
    }

    const newGroup = (displayName: string) => write(async (writer) => (await createGroup(writer, { displayName })).id)
    const newUser = (name: string) =>
      write((writer) => createUser(writer, { displayName: name, userPrincipalName: `${name}@example.org` }))
    const newApplication = (displayName = 'app') => write((writer) => createServicePrincipal(writer, { displayName }))

    describe('principals', () => {
      test('a user is found by object id and by name in any letter case', async () => {
        const user = await newUser('Alice')
        assert.equal(user.userPrincipalName, 'alice@example.org')
        assert.deepEqual(
          { ...user, id: undefined, createdAt: undefined },
          {
            id: undefined,
            type: 'User',
            displayName: 'Alice',
            userPrincipalName: 'alice@example.org',
            clientId: undefined,
            servicePrincipalType: undefined,
            resourceId: undefined,
            alternativeNames: [],
            enabled: true,
            tokensValidFrom: new Date(0),
            createdAt: undefined,
            mailNickname: undefined,
            description: undefined,
          },
        )
        assert.deepEqual(await read((reader) => findPrincipal(reader, user.id)), user)
        assert.deepEqual(await read((reader) => findUserByPrincipalName(reader, 'ALICE@Example.org')), user)
      })

      test('a user principal name is taken in any letter case', async () => {
        await newUser('alice')
        await assert.rejects(newUser('ALICE'), refusal('conflict', 'ObjectConflict'))
      })

      test('a system-assigned identity names its resource, and a new one is another principal', async () => {
        const resourceId = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/web'
        const identity = { displayName: 'web', resourceId, userAssigned: false }
        const first = await write((writer) => createManagedIdentity(writer, identity))
        assert.equal(first.type, 'ServicePrincipal')
        assert.equal(first.servicePrincipalType, 'ManagedIdentity')
        assert.equal(first.displayName, 'web')
        assert.equal(first.resourceId, resourceId)
        assert.deepEqual(first.alternativeNames, ['isExplicit=False', resourceId])
        assert.notEqual(first.clientId, undefined)
        assert.equal(await write((writer) => deletePrincipal(writer, first.id)), true)
        const second = await write((writer) => createManagedIdentity(writer, identity))
        assert.notEqual(second.id, first.id)
        assert.notEqual(second.clientId, first.clientId)
      })

      test('an application has one service principal, found by client id', async () => {
        const application = await newApplication()
        assert.ok(application.clientId !== undefined)
        const { clientId } = application
        assert.deepEqual(await read((reader) => findServicePrincipalByClientId(reader, clientId)), application)
        await assert.rejects(
          write((writer) => createServicePrincipal(writer, { displayName: 'twin', clientId })),
          refusal('conflict', 'ObjectConflict'),
        )
      })

      test('deleting takes memberships and client secrets along, and a second time finds nothing', async () => {
        const application = await newApplication()
        const clientId = application.clientId ?? trustGuid<ClientId>('')
        const group = await newGroup('group')
        await write((writer) => addGroupMember(writer, group, application.id))
        await addSecret(clientId)
        assert.equal(await write((writer) => deletePrincipal(writer, application.id)), true)
        assert.equal(await write((writer) => deletePrincipal(writer, application.id)), false)
        assert.equal(await read((reader) => findPrincipal(reader, application.id)), undefined)
        assert.deepEqual(await read((reader) => listGroupMembers(reader, group, { limit: 10 })), [])
        assert.deepEqual(await read((reader) => directory.loadClientSecrets(reader, clientId)), [])
      })

      test('can be disabled, and their tokens revoked, at a time', async () => {
        const user = await newUser('alice')
        assert.equal(await write((writer) => setPrincipalEnabled(writer, user.id, false)), true)
        assert.equal(await write((writer) => revokeTokens(writer, user.id)), true)
        const stored = await read((reader) => findPrincipal(reader, user.id))
        assert.equal(stored?.enabled, false)
        assert.ok((stored?.tokensValidFrom.getTime() ?? 0) > 0)
        const nobody = trustGuid<PrincipalId>(randomGuid())
        assert.equal(await write((writer) => setPrincipalEnabled(writer, nobody, true)), false)
        assert.equal(await write((writer) => revokeTokens(writer, nobody)), false)
      })

      test('of several ids those that exist are found', async () => {
        const [user, group] = [await newUser('alice'), await newGroup('group')]
        const ids = [user.id, trustGuid<PrincipalId>(randomGuid()), group]
        const found = await read((reader) => findPrincipals(reader, ids))
        assert.deepEqual(found.map((principal) => principal.id).sort(), [user.id, group].sort())
        assert.deepEqual(await read((reader) => findPrincipals(reader, [])), [])
      })

      test('of another tenant are not found, changed or deleted', async () => {
        const user = await newUser('alice')
        const application = await newApplication()
        const other = await createTenant(database)
        await write(async (writer) => {
          assert.equal(await findPrincipal(writer, user.id), undefined)
          assert.equal(await findUserByPrincipalName(writer, 'alice@example.org'), undefined)
          assert.equal(
            await findServicePrincipalByClientId(writer, application.clientId ?? trustGuid<ClientId>('')),
            undefined,
          )
          assert.equal(await deletePrincipal(writer, user.id), false)
          assert.equal(await setPrincipalEnabled(writer, user.id, false), false)
        }, other)
        assert.deepEqual(await read((reader) => findPrincipal(reader, user.id)), user)
      })
    })

    describe('groups', () => {
      test('are followed through other groups, and a circle ends', async () => {
        const user = await newUser('alice')
        const [a, b, c, d] = [await newGroup('a'), await newGroup('b'), await newGroup('c'), await newGroup('d')]
        await write(async (writer) => {
          await addGroupMember(writer, a, user.id)
          await addGroupMember(writer, b, a)
          await addGroupMember(writer, c, b)
          await addGroupMember(writer, a, c)
          await addGroupMember(writer, d, c)
        })
        const groupsOf = async (id: PrincipalId) => (await read((reader) => transitiveGroups(reader, id))).toSorted()
        assert.deepEqual(await groupsOf(user.id), [a, b, c, d].sort())
        assert.deepEqual(await groupsOf(d), [])
        await write((writer) => removeGroupMember(writer, b, a))
        assert.deepEqual(await groupsOf(user.id), [a])
        await write((writer) => deletePrincipal(writer, a))
        assert.deepEqual(await groupsOf(user.id), [])
        assert.deepEqual(await groupsOf(trustGuid(randomGuid())), [])
      })

      test('take a member once, never themselves, and only what exists', async () => {
        const [group, user] = [await newGroup('group'), await newUser('alice')]
        const nobody = trustGuid<PrincipalId>(randomGuid())
        const add = (to: PrincipalId, member: PrincipalId) => write((writer) => addGroupMember(writer, to, member))
        await add(group, user.id)
        await assert.rejects(add(group, user.id), refusal('malformed', 'Request_BadRequest'))
        await assert.rejects(add(group, group), refusal('malformed', 'Request_BadRequest'))
        await assert.rejects(add(group, nobody), refusal('not-found', 'Request_ResourceNotFound'))
        await assert.rejects(add(user.id, group), refusal('not-found', 'Request_ResourceNotFound'))
        assert.equal(await write((writer) => removeGroupMember(writer, group, nobody)), false)
      })

      test('list their direct members page by page', async () => {
        const group = await newGroup('group')
        const members = [await newGroup('a'), await newGroup('b'), await newGroup('c')].sort()
        await write(async (writer) => {
          for (const member of members) await addGroupMember(writer, group, member)
        })
        const page = (last?: PrincipalId) =>
          read((reader) =>
            listGroupMembers(reader, group, { limit: 2, ...(last === undefined ? {} : { after: last }) }),
          )
        assert.deepEqual(await page(), members.slice(0, 2))
        assert.deepEqual(await page(members[1]), members.slice(2))
      })
    })

    const day = 86_400_000
    const now = new Date('2026-11-10T00:00:00Z')
    const daysFromNow = (days: number) => new Date(now.getTime() + days * day)

    async function addSecret(clientId: ClientId, starts = -1, ends = 1) {
      const prepared = await directory.prepareClientSecret()
      const stored = await write((writer) =>
        addClientSecret(writer, { clientId, prepared, startsAt: daysFromNow(starts), endsAt: daysFromNow(ends) }),
      )
      return { text: prepared.text, ...stored }
    }

    async function present(clientId: ClientId, presented: string, at = now) {
      const stored = await read((reader) => directory.loadClientSecrets(reader, clientId))
      return directory.verifyClientSecret(stored, { presented, now: at })
    }

    describe('client secrets', () => {
      test('several are valid at once, until each one ends or is removed', async () => {
        const clientId = trustGuid<ClientId>(randomGuid())
        const [old, current] = [await addSecret(clientId, -10, 1), await addSecret(clientId, -1, 100)]
        assert.deepEqual(await present(clientId, old.text), { outcome: 'valid', keyId: old.keyId })
        assert.deepEqual(await present(clientId, current.text), { outcome: 'valid', keyId: current.keyId })
        assert.deepEqual(await present(clientId, old.text, daysFromNow(1)), { outcome: 'expired', keyId: old.keyId })
        assert.deepEqual(await present(clientId, current.text, daysFromNow(1)), {
          outcome: 'valid',
          keyId: current.keyId,
        })
        assert.equal(await write((writer) => removeClientSecret(writer, clientId, current.keyId)), true)
        assert.equal(await write((writer) => removeClientSecret(writer, clientId, current.keyId)), false)
        assert.deepEqual(await present(clientId, current.text), { outcome: 'unknown' })
      })

      test('one that has not begun is not valid, and a wrong one or one of another application is unknown', async () => {
        const clientId = trustGuid<ClientId>(randomGuid())
        const early = await addSecret(clientId, 1, 2)
        assert.deepEqual(await present(clientId, early.text), { outcome: 'expired', keyId: early.keyId })
        assert.deepEqual(await present(clientId, `${early.text}x`), { outcome: 'unknown' })
        assert.deepEqual(await present(clientId, ''), { outcome: 'unknown' })
        assert.deepEqual(await present(trustGuid(randomGuid()), early.text), { outcome: 'unknown' })
      })

      test('the text is kept nowhere but in its first three characters', async () => {
        const clientId = trustGuid<ClientId>(randomGuid())
        const { text, hint } = await addSecret(clientId)
        assert.equal(hint, text.slice(0, 3))
        assert.equal(text.length, 40)
        const [stored] = await read((reader) => directory.loadClientSecrets(reader, clientId))
        assert.ok(stored !== undefined && Buffer.isBuffer(stored.salt) && Buffer.isBuffer(stored.verifier))
        assert.equal(JSON.stringify({ ...stored, verifier: stored.verifier.toString('latin1') }).includes(text), false)
      })

      test('an application has a bounded number of them, and none ends before it starts', async () => {
        const clientId = trustGuid<ClientId>(randomGuid())
        await assert.rejects(addSecret(clientId, 1, 1), refusal('malformed', 'Request_BadRequest'))
        for (let made = 0; made < maximumClientSecrets; made++) await addSecret(clientId)
        await assert.rejects(addSecret(clientId), refusal('malformed', 'Request_BadRequest'))
      })
    })

    describe('tenants and subscriptions', () => {
      test('the home tenant comes with its subscription and operator, and is found again', async () => {
        const tenantId = trustGuid<TenantId>(randomGuid())
        const home = await database.system('write', (kysely) =>
          directory.createHomeTenant(kysely, {
            tenantId,
            subscriptionId: trustGuid(randomGuid()),
            tenantName: 'Contoso',
            domain: `${tenantId}.Example`,
            subscriptionName: 'Main',
            now: new Date(-1),
          }),
        )
        assert.equal(home.operator.userPrincipalName, `operator@${tenantId}.example`)
        assert.equal(home.operator.type, 'User')
        await database.system('read', async (kysely) => {
          assert.deepEqual(await directory.findHomeTenant(kysely), home)
          assert.deepEqual((await listTenants(kysely))[0], home.tenant)
          assert.deepEqual(await findTenant(kysely, tenantId), home.tenant)
          assert.deepEqual(await findTenantByDomain(kysely, `${tenantId}.EXAMPLE`), home.tenant)
          assert.deepEqual(await findTenantByDomain(kysely, 'nowhere.example'), undefined)
          assert.deepEqual(await listSubscriptions(kysely, tenantId), [home.subscription])
          assert.deepEqual(await findSubscription(kysely, tenantId, home.subscription.id), home.subscription)
          assert.equal(await findSubscription(kysely, tenant, home.subscription.id), undefined)
        })
      })
    })
  })
}
