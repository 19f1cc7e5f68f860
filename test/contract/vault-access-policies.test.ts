import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ClientId, type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { addGroupMember } from '#directory/group-store.ts'
import { createGroup, setPrincipalEnabled } from '#directory/principal-store.ts'
import { engines } from '../support/databases.ts'
import { sampleCaller } from '../support/vault-fixtures.ts'
import { ArmHarness } from './arm-harness.ts'
import { type DataCall, DataPlane, makeVault, putVault, vaultIdOf } from './data-plane.ts'

const secret = '/secrets/one'

for (const engine of engines) {
  describe(`access policies of vaults on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let plane: DataPlane

    before(async () => {
      arm = await ArmHarness.open(engine)
      plane = await DataPlane.open(arm)
    })
    after(async () => {
      plane.close()
      await arm.close()
    })

    interface Granted {
      readonly secrets?: readonly string[]
      readonly keys?: readonly string[]
      readonly applicationId?: string
    }

    const policy = (objectId: string, { secrets, keys, applicationId }: Granted) => ({
      tenantId: arm.tenant,
      objectId,
      ...(applicationId === undefined ? {} : { applicationId }),
      permissions: { ...(secrets === undefined ? {} : { secrets }), ...(keys === undefined ? {} : { keys }) },
    })

    /** A vault under access policies with the secret `one`. */
    async function vaultWith(accessPolicies: readonly object[]): Promise<string> {
      const name = `kv-${randomGuid().slice(0, 13)}`
      const writer = await arm.user()
      await makeVault(arm, name, {
        enableRbacAuthorization: false,
        accessPolicies: [policy(writer, { secrets: ['set'] })],
      })
      const written = await plane.call(name, 'PUT', secret, { as: writer, body: { value: 'a' } })
      assert.equal(written.status, 200, written.text)
      const updated = await putVault(arm, name, { enableRbacAuthorization: false, accessPolicies })
      assert.equal(updated.status, 200, updated.text)
      return name
    }

    const read = (name: string, as: PrincipalId, call: Partial<DataCall> = {}) =>
      plane.call(name, 'GET', secret, { as, ...call })

    const missingBody = (name: string, oid: string, permission: string, groups = 0) => ({
      error: {
        code: 'Forbidden',
        message: `The user, group or application 'appid=${sampleCaller.clientId};oid=${oid};numgroups=${groups};iss=https://sts.windows.net/${arm.tenant}/' does not have secrets ${permission} permission on key vault '${name};location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
        innererror: { code: 'AccessDenied' },
      },
    })

    const unnamedBody = (name: string, oid: string) => ({
      error: {
        code: 'Forbidden',
        message: [
          'Access denied. Caller was not found on any access policy.',
          `Caller: appid=${sampleCaller.clientId};oid=${oid};iss=https://sts.windows.net/${arm.tenant}/`,
          `Vault: ${name};location=westeurope`,
        ].join('\r\n'),
        innererror: { code: 'AccessDenied' },
      },
    })

    const operations: readonly (readonly [string, string, string, unknown?])[] = [
      ['set', 'PUT', '/secrets/two', { value: 'b' }],
      ['get', 'GET', secret],
      ['set', 'PATCH', secret, { contentType: 'text/plain' }],
      ['list', 'GET', '/secrets'],
      ['list', 'GET', `${secret}/versions`],
      ['list', 'GET', '/deletedsecrets'],
      ['backup', 'POST', `${secret}/backup`],
      ['delete', 'DELETE', secret],
      ['get', 'GET', '/deletedsecrets/one'],
      ['recover', 'POST', '/deletedsecrets/one/recover'],
      ['delete', 'DELETE', '/secrets/two'],
      ['purge', 'DELETE', '/deletedsecrets/two'],
    ]

    test('each operation takes its permission, and every other one together is not enough', async () => {
      const [exact, others] = [await arm.user(), await arm.user()]
      const every = ['get', 'list', 'set', 'delete', 'backup', 'restore', 'recover', 'purge']
      const name = await vaultWith([])
      for (const [permission, method, path, body] of operations) {
        const accessPolicies = [
          policy(exact, { secrets: [permission] }),
          policy(others, { secrets: every.filter((word) => word !== permission) }),
        ]
        await putVault(arm, name, { accessPolicies, enableRbacAuthorization: false })
        const denied = await plane.call(name, method, path, { as: others, body })
        assert.deepEqual(
          [method, path, denied.status, denied.body],
          [method, path, 403, missingBody(name, others, permission)],
        )
        const allowed = await plane.call(name, method, path, { as: exact, body })
        assert.ok(allowed.status < 300, `${method} ${path}: ${allowed.text}`)
      }
    })

    test('restore takes its permission', async () => {
      const [exact, others] = [await arm.user(), await arm.user()]
      const name = await vaultWith([
        policy(exact, { secrets: ['restore', 'backup', 'delete', 'purge'] }),
        policy(others, { secrets: ['backup', 'set', 'recover'] }),
      ])
      const backup = await plane.call(name, 'POST', `${secret}/backup`, { as: exact })
      const body = { value: backup.body.value }
      await plane.call(name, 'DELETE', secret, { as: exact })
      await plane.call(name, 'DELETE', '/deletedsecrets/one', { as: exact })
      const denied = await plane.call(name, 'POST', '/secrets/restore', { as: others, body })
      assert.deepEqual([denied.status, denied.body], [403, missingBody(name, others, 'restore')])
      const restored = await plane.call(name, 'POST', '/secrets/restore', { as: exact, body })
      assert.equal(restored.status, 200, restored.text)
    })

    test('all permits everything, whatever its letter case', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { secrets: ['ALL'] })])
      for (const [, method, path, body] of operations) {
        const answer = await plane.call(name, method, path, { as: user, body })
        assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
      }
    })

    test('roles count for nothing, and an answer names no assignment', async () => {
      const officer = await arm.user([['keyVaultSecretsOfficer', arm.path()]])
      const [owner, user] = [arm.operator, await arm.user()]
      const name = await vaultWith([policy(user, { secrets: ['get'] })])
      for (const as of [officer, owner]) {
        const answer = await read(name, as)
        assert.deepEqual([answer.status, answer.body], [403, unnamedBody(name, as)])
      }
      const allowed = await read(name, user)
      assert.equal(allowed.status, 200)
      assert.equal('x-ms-keyvault-rbac-assignment-id' in allowed.headers, false)
    })

    test('who is named for keys alone has no permission on secrets', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { keys: ['all'] })])
      assert.deepEqual((await read(name, user)).body, missingBody(name, user, 'get'))
    })

    test('a group stands for its members, through other groups too, from the next call on', async () => {
      const user = await arm.user()
      const [inner, outer] = await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, async (writer) => {
        const groups = [
          await createGroup(writer, { displayName: 'in' }),
          await createGroup(writer, { displayName: 'out' }),
        ]
        const [first, second] = groups
        assert.ok(first !== undefined && second !== undefined)
        await addGroupMember(writer, second.id, first.id)
        return [first.id, second.id] as const
      })
      const name = await vaultWith([policy(outer, { secrets: ['get'] })])
      assert.deepEqual((await read(name, user)).body, unnamedBody(name, user))
      await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, (writer) =>
        addGroupMember(writer, inner, user),
      )
      assert.equal((await read(name, user)).status, 200)
      const denied = await plane.call(name, 'GET', '/secrets', { as: user })
      assert.deepEqual(denied.body, missingBody(name, user, 'list', 2))
    })

    test('a policy for an application counts only when it calls in the name of the user', async () => {
      const user = await arm.user()
      const applicationId = trustGuid<ClientId>(randomGuid())
      const name = await vaultWith([policy(user, { secrets: ['get'], applicationId })])
      assert.equal((await read(name, user, { kind: 'user', clientId: applicationId })).status, 200)
      assert.equal((await read(name, user, { kind: 'application', clientId: applicationId })).status, 403)
      assert.deepEqual((await read(name, user, { kind: 'user' })).body, unnamedBody(name, user))
    })

    test('a disabled principal has no permission', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { secrets: ['all'] })])
      assert.equal((await read(name, user)).status, 200)
      await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, (writer) =>
        setPrincipalEnabled(writer, user, false),
      )
      assert.equal((await read(name, user)).status, 403)
    })

    test('a permission given or taken counts on the next call, at every server', async () => {
      const user = await arm.user()
      const name = await vaultWith([])
      const other = await DataPlane.open(arm)
      const update = (kind: string) =>
        arm.send('PUT', `${vaultIdOf(arm, name)}/accessPolicies/${kind}`, {
          body: { properties: { accessPolicies: [policy(user, { secrets: ['get'] })] } },
        })
      for (let round = 0; round < 20; round++) {
        assert.equal((await update('add')).status, 200)
        for (const server of [plane, other]) {
          assert.equal((await server.call(name, 'GET', secret, { as: user })).status, 200)
        }
        assert.equal((await update('remove')).status, 200)
        for (const server of [other, plane]) {
          assert.equal((await server.call(name, 'GET', secret, { as: user })).status, 403)
        }
      }
      other.close()
    })

    test('the policies of one vault are not those of another', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { secrets: ['get'] })])
      const other = await vaultWith([])
      assert.deepEqual([(await read(name, user)).status, (await read(other, user)).status], [200, 403])
    })

    test('switching to roles lets policies rest, and switching back lets them count again', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { secrets: ['get'] })])
      const roles = await putVault(arm, name, { enableRbacAuthorization: true })
      assert.equal(roles.body.properties.accessPolicies.length, 1)
      const denied = await read(name, user)
      assert.deepEqual([denied.status, denied.body.error.innererror], [403, { code: 'ForbiddenByRbac' }])
      await putVault(arm, name, { enableRbacAuthorization: false })
      assert.equal((await read(name, user)).status, 200)
    })

    test('the record says whether a policy matched, and which', async () => {
      const user = await arm.user()
      const name = await vaultWith([policy(user, { secrets: ['get'] })])
      await read(name, user)
      const allowed = plane.records.at(-1) ?? assert.fail('no record')
      assert.deepEqual(
        [allowed.properties['isAccessPolicyMatch'], 'isRbacAuthorized' in allowed.properties],
        [true, false],
      )
      assert.deepEqual([allowed.own['decision'], allowed.own['accessPolicy']], ['allow', user])
      await plane.call(name, 'GET', '/secrets', { as: user })
      const denied = plane.records.at(-1) ?? assert.fail('no record')
      assert.deepEqual(
        [denied.properties['isAccessPolicyMatch'], denied.own['decision'], denied.own['reason']],
        [false, 'deny', 'NoAccessPolicy'],
      )
    })
  })
}
