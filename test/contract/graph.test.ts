import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { parseScope } from '#authorization/scope.ts'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import {
  createManagedIdentity,
  createServicePrincipal,
  createUser,
  type Principal,
} from '#directory/principal-store.ts'
import { createGraph } from '#graph/surface.ts'
import type { Surface } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { sampleFacts } from '../support/vault-fixtures.ts'
import { type Answered, ArmHarness, type Sent } from './arm-harness.ts'

const origin = 'https://graph.microsoft.com'
const metadata = `${origin}/v1.0/$metadata#`
const userAccessAdministrator = trustGuid('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9')
const accessControlAdministrator = trustGuid('f58310d9-a9f6-439a-9e8d-f62e7b41a168')
const identityId =
  '/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1'

for (const engine of engines) {
  describe(`Microsoft Graph on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let surface: Surface
    let reader: PrincipalId
    before(async () => {
      arm = await ArmHarness.open(engine)
      const administration = parseScope(arm.path())
      const authenticate = () => ({ outcome: 'refused', reason: 'missing', signed: false }) as const
      surface = createGraph({ clock: arm.clock, administration, authenticate }).surface
      reader = await arm.user()
    })
    after(() => arm.close())

    const send = (method: string, path: string, sent: Sent = {}) =>
      arm.send(method, `/v1.0${path}`, { origin, surface, ...sent })
    const get = (path: string, query: Readonly<Record<string, string>> = {}) => send('GET', path, { query, as: reader })
    const refused = (answer: Answered, status: number, code: string) =>
      assert.deepEqual([answer.status, answer.body?.error?.code], [status, code], answer.text)
    const write = <T>(work: Parameters<typeof arm.database.write<T>>[1]) =>
      arm.database.write({ tenant: arm.tenant, moves: 'generation' }, work)
    const newUser = (name = `user-${randomHex(4)}`) =>
      write((writer) => createUser(writer, { displayName: name, userPrincipalName: `${name}@home.test` }))
    const newApplication = (displayName = `app-${randomHex(4)}`) =>
      write((writer) => createServicePrincipal(writer, { displayName }))
    const groupBody = (displayName = `group-${randomHex(4)}`) => ({
      displayName,
      mailNickname: displayName,
      mailEnabled: false,
      securityEnabled: true,
    })
    async function newGroup(): Promise<string> {
      const made = await send('POST', '/groups', { body: groupBody() })
      assert.equal(made.status, 201, made.text)
      return made.body.id
    }
    const reference = (id: string) => ({ '@odata.id': `${origin}/v1.0/directoryObjects/${id}` })
    const add = (group: string, member: string) =>
      send('POST', `/groups/${group}/members/$ref`, { body: reference(member) })
    const ids = ({ body }: Answered): readonly string[] => body.value.map((item: { id: string }) => item.id)

    const shownUser = (user: Principal) => ({
      businessPhones: [],
      displayName: user.displayName,
      givenName: null,
      jobTitle: null,
      mail: null,
      mobilePhone: null,
      officeLocation: null,
      preferredLanguage: null,
      surname: null,
      userPrincipalName: user.userPrincipalName,
      id: user.id,
    })
    const shownServicePrincipal = (principal: Principal) => {
      const isApplication = principal.servicePrincipalType === 'Application'
      return {
        id: principal.id,
        deletedDateTime: null,
        accountEnabled: true,
        alternativeNames: principal.alternativeNames,
        appDescription: null,
        appDisplayName: isApplication ? principal.displayName : null,
        appId: principal.clientId,
        appOwnerOrganizationId: isApplication ? arm.tenant : null,
        appRoleAssignmentRequired: false,
        createdDateTime: `${principal.createdAt.toISOString().slice(0, 19)}Z`,
        description: null,
        displayName: principal.displayName,
        servicePrincipalNames: [principal.clientId],
        servicePrincipalType: principal.servicePrincipalType,
        tags: [],
      }
    }

    describe('users', () => {
      test('the caller is shown to itself; an application is nobody', async () => {
        const user = await newUser()
        const me = await send('GET', '/me', { as: user.id })
        assert.deepEqual(
          [me.status, me.body],
          [200, { '@odata.context': `${metadata}users/$entity`, ...shownUser(user) }],
        )
        refused(await send('GET', '/me', { as: (await newApplication()).id }), 400, 'BadRequest')
      })

      test('one is found by id, by name in any letter case, and by filter', async () => {
        const user = await newUser("o'hara")
        const expected = { '@odata.context': `${metadata}users/$entity`, ...shownUser(user) }
        assert.deepEqual((await get(`/users/${user.id}`)).body, expected)
        assert.deepEqual((await get("/users/O'HARA@home.test")).body, expected)
        for (const $filter of [
          "userPrincipalName eq 'o''hara@home.test'",
          "userPrincipalName eq 'O''Hara@Home.Test'",
          "startswith(userPrincipalName,'o''har')",
          "startswith(displayName, 'O''H') and accountEnabled eq true",
          `id eq '${user.id.toUpperCase()}' and displayName eq 'O''HARA'`,
        ]) {
          const found = await get('/users', { $filter })
          assert.deepEqual(
            [$filter, found.body],
            [$filter, { '@odata.context': `${metadata}users`, value: [shownUser(user)] }],
          )
        }
        for (const $filter of [
          "userPrincipalName eq 'o'",
          "displayName eq 'nobody'",
          "id eq 'x'",
          'accountEnabled eq false',
        ]) {
          assert.deepEqual((await get('/users', { $filter })).body.value, [], $filter)
        }
      })

      test('nobody is found under the id of another kind of object, or a name that does not exist', async () => {
        const application = await newApplication()
        for (const path of [
          `/users/${application.id}`,
          '/users/nobody@home.test',
          `/users/${randomGuid()}`,
          '/users/a%00b',
          `/servicePrincipals/${reader}`,
          `/groups/${reader}`,
          '/servicePrincipals/nobody@home.test',
        ]) {
          refused(await get(path), 404, 'Request_ResourceNotFound')
        }
      })
    })

    describe('service principals', () => {
      test('an application and a managed identity are found by client id and shown whole', async () => {
        const application = await newApplication()
        const identity = await write((writer) =>
          createManagedIdentity(writer, { displayName: 'id1', resourceId: identityId, userAssigned: true }),
        )
        for (const principal of [application, identity]) {
          const value = [shownServicePrincipal(principal)]
          for (const $filter of [
            `servicePrincipalNames/any(c:c eq '${principal.clientId}')`,
            `appId eq '${principal.clientId?.toUpperCase()}'`,
            `displayName eq '${principal.displayName}' and servicePrincipalType eq '${principal.servicePrincipalType}'`,
          ]) {
            const found = await get('/servicePrincipals', { $filter })
            assert.deepEqual(
              [found.status, found.body],
              [200, { '@odata.context': `${metadata}servicePrincipals`, value }],
            )
          }
          const one = await get(`/servicePrincipals/${principal.id}`)
          assert.deepEqual(one.body, { '@odata.context': `${metadata}servicePrincipals/$entity`, ...value[0] })
        }
        const others = ["servicePrincipalNames/any(c:c eq 'https://app')", `appId eq '${application.id}'`]
        for (const $filter of others) assert.deepEqual((await get('/servicePrincipals', { $filter })).body.value, [])
      })

      test('lists come in pages that repeat the options, and each object once', async () => {
        const prefix = `paged-${randomHex(4)}`
        const made = new Set<string>()
        for (let count = 0; count < 5; count++) made.add((await newApplication(`${prefix}-${count}`)).id)
        const seen: string[] = []
        let query: Record<string, string> = { $filter: `startswith(displayName,'${prefix}')`, $top: '2', $select: 'id' }
        for (;;) {
          const page = await get('/servicePrincipals', query)
          assert.equal(page.status, 200, page.text)
          assert.deepEqual(Object.keys(page.body.value[0] ?? {}), ['id'])
          seen.push(...ids(page))
          const next = page.body['@odata.nextLink']
          if (next === undefined) break
          assert.ok(next.startsWith(`${origin}/v1.0/servicePrincipals?`), next)
          query = Object.fromEntries(new URL(next).searchParams)
        }
        assert.deepEqual(seen, [...made].sort())
      })
    })

    test('what is not served is refused, not ignored', async () => {
      const faults: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
        ['/users', { $search: '"displayName:a"' }, 'Request_UnsupportedQuery'],
        ['/users', { $count: 'true' }, 'Request_UnsupportedQuery'],
        ['/users', { $orderby: 'displayName' }, 'Request_UnsupportedQuery'],
        ['/groups', { $expand: 'members' }, 'Request_UnsupportedQuery'],
        ['/users', { $top: '0' }, 'Request_UnsupportedQuery'],
        ['/users', { $top: '1000' }, 'Request_UnsupportedQuery'],
        ['/users', { $skiptoken: 'x' }, 'Directory_ExpiredPageToken'],
        ['/users', { $filter: "mail eq 'a@home.test'" }, 'Request_UnsupportedQuery'],
        ['/users', { $filter: "constructor eq 'a'" }, 'Request_UnsupportedQuery'],
        ['/users', { $filter: "startswith(id,'a')" }, 'Request_UnsupportedQuery'],
        ['/users', { $filter: "accountEnabled eq 'true'" }, 'Request_UnsupportedQuery'],
        ['/users', { $filter: "displayName eq 'a' or displayName eq 'b'" }, 'BadRequest'],
        ['/users', { $filter: "displayName eq 'a" }, 'BadRequest'],
        ['/users', { $filter: 'displayName' }, 'BadRequest'],
        ['/servicePrincipals', { $filter: "servicePrincipalNames/any(a:b eq 'x')" }, 'BadRequest'],
        ['/servicePrincipals', { $filter: "servicePrincipalNames eq 'x'" }, 'Request_UnsupportedQuery'],
      ]
      for (const [path, query, code] of faults) refused(await get(path, query), 400, code)
      refused(await get('/applications'), 400, 'BadRequest')
    })

    test('objects are found by ids, each with its type', async () => {
      const user = await newUser()
      const application = await newApplication()
      const group = await newGroup()
      const all = [user.id, application.id, group, randomGuid()]
      const types = ['user', 'group', 'servicePrincipal', 'directoryObjectPartnerReference']
      const ask = (body: object) => send('POST', '/directoryObjects/getByIds', { body, as: reader })
      const found = await ask({ ids: all, types })
      assert.equal(found.body['@odata.context'], `${metadata}directoryObjects`)
      assert.deepEqual(
        new Map(found.body.value.map((item: { id: string; '@odata.type': string }) => [item.id, item['@odata.type']])),
        new Map([
          [user.id, '#microsoft.graph.user'],
          [application.id, '#microsoft.graph.servicePrincipal'],
          [group, '#microsoft.graph.group'],
        ]),
      )
      const one = found.body.value.find((item: { id: string }) => item.id === user.id)
      assert.deepEqual(one, { '@odata.type': '#microsoft.graph.user', ...shownUser(user) })
      assert.deepEqual(ids(await ask({ ids: all, types: ['group'] })), [group])
      assert.equal(ids(await ask({ ids: all })).length, 3)
      assert.deepEqual(ids(await ask({ ids: [] })), [])
      refused(await ask({ ids: ['x'] }), 400, 'Request_BadRequest')
      refused(await ask({ ids: Array.from({ length: 1001 }, () => randomGuid()) }), 400, 'Request_BadRequest')
      refused(await ask({}), 400, 'Request_BadRequest')
      const single = await get(`/directoryObjects/${group}`)
      assert.deepEqual([single.body.id, single.body['@odata.type']], [group, '#microsoft.graph.group'])
    })

    describe('groups', () => {
      let group: string
      beforeEach(async () => {
        group = await newGroup()
      })

      test('one is made, found, and deleted', async () => {
        const body = { ...groupBody(), description: 'Those who read' }
        const made = await send('POST', '/groups', { body })
        assert.equal(made.status, 201)
        assert.deepEqual(made.body, {
          '@odata.context': `${metadata}groups/$entity`,
          id: made.body.id,
          deletedDateTime: null,
          classification: null,
          createdDateTime: made.body.createdDateTime,
          description: 'Those who read',
          displayName: body.displayName,
          groupTypes: [],
          mail: null,
          mailEnabled: false,
          mailNickname: body.mailNickname,
          membershipRule: null,
          proxyAddresses: [],
          securityEnabled: true,
          visibility: null,
        })
        const $filter = `displayName eq '${body.displayName}' and mailNickname eq '${body.mailNickname}'`
        assert.deepEqual(ids(await get('/groups', { $filter })), [made.body.id])
        assert.deepEqual((await get(`/groups/${made.body.id}`)).body, made.body)
        const deleted = await send('DELETE', `/groups/${made.body.id}`)
        assert.deepEqual([deleted.status, deleted.text], [204, ''])
        refused(await get(`/groups/${made.body.id}`), 404, 'Request_ResourceNotFound')
        refused(await send('DELETE', `/groups/${made.body.id}`), 404, 'Request_ResourceNotFound')
      })

      test('what would not be enforced is refused', async () => {
        const good = groupBody()
        for (const [member, value] of [
          ['mailEnabled', true],
          ['securityEnabled', false],
          ['groupTypes', ['Unified']],
          ['members@odata.bind', []],
          ['isAssignableToRole', true],
          ['mailNickname', 'a b'],
          ['mailNickname', 'a@b'],
          ['displayName', ''],
        ] as const) {
          const answer = await send('POST', '/groups', { body: { ...good, [member]: value } })
          refused(answer, 400, 'Request_BadRequest')
          assert.match(answer.body.error.message, new RegExp(`'${member.replace('.', '\\.')}'`))
        }
        refused(await send('POST', '/groups', { body: '{' }), 400, 'BadRequest')
        refused(await send('DELETE', `/groups/${reader}`), 404, 'Request_ResourceNotFound')
      })

      test('members come and go, directly and through other groups', async () => {
        const inner = await newGroup()
        const user = await newUser()
        for (const [to, member] of [
          [group, inner],
          [inner, user.id],
        ] as const) {
          const added = await add(to, member)
          assert.deepEqual([added.status, added.text], [204, ''])
        }
        assert.deepEqual(ids(await get(`/groups/${group}/members`)), [inner])
        assert.deepEqual(ids(await get(`/groups/${group}/transitiveMembers`)), [inner, user.id].sort())
        const inside = await get(`/groups/${inner}/members`)
        assert.deepEqual(inside.body, {
          '@odata.context': `${metadata}directoryObjects`,
          value: [{ '@odata.type': '#microsoft.graph.user', ...shownUser(user) }],
        })
        const groups = { '@odata.context': `${metadata}Collection(Edm.String)`, value: [group] }
        const check = (body: object) =>
          send('POST', `/directoryObjects/${user.id}/checkMemberGroups`, { body, as: reader })
        assert.deepEqual((await check({ groupIds: [group, randomGuid()] })).body, groups)
        refused(await check({ groupIds: ['x'] }), 400, 'Request_BadRequest')
        for (const path of [`/users/${user.userPrincipalName}`, `/directoryObjects/${user.id}`]) {
          const mine = await send('POST', `${path}/getMemberGroups`, {
            body: { securityEnabledOnly: false },
            as: reader,
          })
          assert.deepEqual(new Set(mine.body.value), new Set([group, inner]))
        }
        const outer = await send('POST', `/groups/${inner}/getMemberGroups`, { body: {}, as: reader })
        assert.deepEqual(outer.body, groups)
        const removed = await send('DELETE', `/groups/${inner}/members/${user.id}/$ref`)
        assert.deepEqual([removed.status, removed.text], [204, ''])
        assert.deepEqual(ids(await get(`/groups/${group}/transitiveMembers`)), [inner])
        refused(await send('DELETE', `/groups/${inner}/members/${user.id}/$ref`), 404, 'Request_ResourceNotFound')
      })

      test('members are listed in pages', async () => {
        const members: string[] = []
        for (let count = 0; count < 3; count++) members.push((await newUser()).id)
        for (const member of members) assert.equal((await add(group, member)).status, 204)
        for (const relation of ['members', 'transitiveMembers']) {
          const first = await get(`/groups/${group}/${relation}`, { $top: '2' })
          const query = Object.fromEntries(new URL(first.body['@odata.nextLink']).searchParams)
          const second = await get(`/groups/${group}/${relation}`, query)
          assert.equal(second.body['@odata.nextLink'], undefined)
          assert.deepEqual([...ids(first), ...ids(second)], members.toSorted())
        }
        refused(
          await get(`/groups/${group}/members`, { $filter: "displayName eq 'a'" }),
          400,
          'Request_UnsupportedQuery',
        )
      })

      test('a member that is in already, is unknown or is the group itself is refused', async () => {
        assert.equal((await add(group, reader)).status, 204)
        refused(await add(group, reader), 400, 'Request_BadRequest')
        refused(await add(group, group), 400, 'Request_BadRequest')
        refused(await add(group, randomGuid()), 404, 'Request_ResourceNotFound')
        refused(await add(randomGuid(), reader), 404, 'Request_ResourceNotFound')
        for (const id of [
          'x',
          `${origin}/v1.0/directoryObjects/x`,
          `http://graph.microsoft.com/v1.0/users/${reader}`,
        ]) {
          const body = { '@odata.id': id }
          refused(await send('POST', `/groups/${group}/members/$ref`, { body }), 400, 'Request_BadRequest')
        }
      })

      test('a member has the roles of its group from the next call on, and loses them with it', async () => {
        const user = await newUser()
        const sees = async () => (await arm.send('GET', arm.inGroup(), { as: user.id })).status
        await arm.assign(trustGuid(group), builtInRoleIds.reader, arm.inGroup())
        assert.equal(await sees(), 403)
        assert.equal((await add(group, user.id)).status, 204)
        assert.equal(await sees(), 200)
        assert.equal((await send('DELETE', `/groups/${group}/members/${user.id}/$ref`)).status, 204)
        assert.equal(await sees(), 403)
        assert.equal((await add(group, user.id)).status, 204)
        assert.equal((await send('DELETE', `/groups/${group}`)).status, 204)
        assert.equal(await sees(), 403)
      })

      test('are changed by an owner or access administrator of the subscription, and nobody else', async () => {
        const body = groupBody()
        // May give some roles away, and so must not be able to give itself the others through a group.
        const delegate = await arm.user()
        await arm.assign(delegate, accessControlAdministrator, arm.path())
        const attempts = (as: PrincipalId) => [
          send('POST', '/groups', { body, as }),
          send('POST', `/groups/${group}/members/$ref`, { body: reference(as), as }),
          send('DELETE', `/groups/${group}/members/${as}/$ref`, { as }),
          send('DELETE', `/groups/${group}`, { as }),
        ]
        for (const user of [
          reader,
          await arm.user([['contributor', arm.path()]]),
          await arm.user([['owner', arm.inGroup()]]),
          delegate,
        ]) {
          for (const attempt of attempts(user)) {
            const answer = await attempt
            refused(answer, 403, 'Authorization_RequestDenied')
            assert.deepEqual(answer.body.error, {
              code: 'Authorization_RequestDenied',
              message: 'Insufficient privileges to complete the operation.',
              innerError: {
                date: arm.clock.now().toISOString().slice(0, 19),
                'request-id': sampleFacts.requestId,
                'client-request-id': sampleFacts.clientRequestId ?? sampleFacts.requestId,
              },
            })
          }
        }
        assert.deepEqual(ids(await get(`/groups/${group}/members`)), [])
        const administrator = await arm.user()
        await arm.assign(administrator, userAccessAdministrator, arm.path())
        assert.equal((await send('POST', '/groups', { body, as: administrator })).status, 201)
      })
    })
  })
}
