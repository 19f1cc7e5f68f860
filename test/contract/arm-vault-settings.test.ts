import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomGuid } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'
import { makeVault, putVault, vaultIdOf } from './data-plane.ts'

for (const engine of engines) {
  describe(`settings of vaults on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const freshName = (): string => `kv-${randomGuid().slice(0, 13)}`
    const show = async (name: string) => (await arm.send('GET', vaultIdOf(arm, name))).body.properties

    async function vaultWith(properties: object = {}): Promise<string> {
      const name = freshName()
      await makeVault(arm, name, properties)
      return name
    }

    const policy = (objectId: string, secrets: readonly string[]) => ({
      tenantId: arm.tenant,
      objectId,
      permissions: { secrets },
    })

    /** A user with these actions at the subscription, through a role of its own. */
    async function userWith(...actions: readonly string[]) {
      const user = await arm.user()
      const roleId = randomGuid()
      const role = await arm.send('PUT', arm.path(`/providers/Microsoft.Authorization/roleDefinitions/${roleId}`), {
        body: {
          properties: {
            roleName: `Role ${roleId}`,
            type: 'CustomRole',
            permissions: [{ actions, notActions: [], dataActions: [], notDataActions: [] }],
            assignableScopes: [arm.path()],
          },
        },
      })
      assert.equal(role.status, 201, role.text)
      await arm.assign(user, roleId, arm.path())
      return user
    }

    describe('network rules', () => {
      const networkAcls = {
        bypass: 'None',
        defaultAction: 'Deny',
        ipRules: [{ value: '10.0.0.0/8' }, { value: '2001:db8::/32' }],
        virtualNetworkRules: [],
      }

      test('are shown as they were written', async () => {
        const name = await vaultWith({ networkAcls, publicNetworkAccess: 'disabled' })
        const { networkAcls: shown, publicNetworkAccess } = await show(name)
        assert.deepEqual({ networkAcls: shown, publicNetworkAccess }, { networkAcls, publicNetworkAccess: 'Disabled' })
      })

      test('that a body leaves out stay; lists that networkAcls leaves out become empty', async () => {
        const name = await vaultWith({ networkAcls, publicNetworkAccess: 'Disabled' })
        await putVault(arm, name)
        assert.deepEqual((await show(name)).networkAcls, networkAcls)
        assert.equal((await show(name)).publicNetworkAccess, 'Disabled')
        const patch = { properties: { networkAcls: { ipRules: [{ value: '10.0.0.1' }] } } }
        const patched = await arm.send('PATCH', vaultIdOf(arm, name), { body: patch })
        assert.deepEqual(patched.body.properties.networkAcls, { ...networkAcls, ipRules: [{ value: '10.0.0.1' }] })
        await putVault(arm, name, { networkAcls: { defaultAction: 'Deny' } })
        assert.deepEqual((await show(name)).networkAcls, { ...networkAcls, ipRules: [] })
      })

      test('that cannot be read are refused, and the vault stays as it was', async () => {
        const name = await vaultWith({ networkAcls })
        for (const value of ['', '10.0.0.0/33', '010.0.0.1', '10.0.0.1-10.0.0.9', 'fe80::1%eth0', '*']) {
          const answer = await putVault(arm, name, { networkAcls: { ...networkAcls, ipRules: [{ value }] } })
          assert.deepEqual(
            [value, answer.status, answer.body],
            [
              value,
              400,
              {
                error: {
                  code: 'BadRequest',
                  message:
                    "An invalid value was provided for 'properties.networkAcls.ipRules.0.value': it must be an IPv4 or IPv6 address, or a range of them in CIDR notation.",
                  target: 'properties.networkAcls.ipRules.0.value',
                },
              },
            ],
          )
        }
        assert.deepEqual((await show(name)).networkAcls, networkAcls)
      })
    })

    describe('access policies', () => {
      const update = (name: string, kind: string, accessPolicies: readonly object[], as = arm.operator) =>
        arm.send('PUT', `${vaultIdOf(arm, name)}/accessPolicies/${kind}`, {
          body: { properties: { accessPolicies } },
          as,
        })

      test('add joins permissions, replace puts others in their place, remove takes them away', async () => {
        const [one, other] = [randomGuid(), randomGuid()]
        const name = await vaultWith({ accessPolicies: [policy(one, ['get'])] })
        const added = await update(name, 'add', [policy(one, ['List']), policy(other, ['get', 'set'])])
        assert.deepEqual(
          [added.status, added.body],
          [
            200,
            {
              id: `${vaultIdOf(arm, name)}/accessPolicies/`,
              type: 'Microsoft.KeyVault/vaults/accessPolicies',
              properties: { accessPolicies: [policy(one, ['get', 'list']), policy(other, ['get', 'set'])] },
            },
          ],
        )
        const replaced = await update(name, 'replace', [policy(one, ['purge'])])
        assert.deepEqual(replaced.body.properties.accessPolicies, [
          policy(other, ['get', 'set']),
          policy(one, ['purge']),
        ])
        const removed = await update(name, 'REMOVE', [policy(one, ['purge']), policy(other, ['SET', 'delete'])])
        assert.deepEqual(removed.body.properties.accessPolicies, [policy(other, ['get'])])
        assert.deepEqual((await show(name)).accessPolicies, [policy(other, ['get'])])
      })

      test('for an application are other policies than those of the object alone', async () => {
        const objectId = randomGuid()
        const applied = { ...policy(objectId, ['get']), applicationId: randomGuid() }
        const name = await vaultWith({ accessPolicies: [policy(objectId, ['list']), applied] })
        const removed = await update(name, 'remove', [applied])
        assert.deepEqual(removed.body.properties.accessPolicies, [policy(objectId, ['list'])])
      })

      test('are replaced whole by a PUT of the vault, and stay when it leaves them out', async () => {
        const [one, other] = [randomGuid(), randomGuid()]
        const name = await vaultWith({ accessPolicies: [policy(one, ['get'])] })
        await putVault(arm, name)
        assert.deepEqual((await show(name)).accessPolicies, [policy(one, ['get'])])
        await putVault(arm, name, { accessPolicies: [policy(other, ['get'])] })
        assert.deepEqual((await show(name)).accessPolicies, [policy(other, ['get'])])
      })

      test('of another tenant, of another kind of update and without end are refused', async () => {
        const name = await vaultWith()
        const foreign = { ...policy(randomGuid(), ['get']), tenantId: randomGuid() }
        const answer = await update(name, 'add', [foreign])
        assert.deepEqual(
          [answer.status, answer.body.error],
          [
            400,
            {
              code: 'BadRequest',
              message:
                "An invalid value was provided for 'properties.accessPolicies.0.tenantId': it must be the tenant of the vault.",
              target: 'properties.accessPolicies.0.tenantId',
            },
          ],
        )
        const unknown = await update(name, 'merge', [])
        assert.deepEqual([unknown.status, unknown.body.error.target], [400, 'operationKind'])
        const many = Array.from({ length: 1024 }, () => policy(randomGuid(), ['get']))
        assert.equal((await update(name, 'add', many)).status, 200)
        const more = await update(name, 'add', [policy(randomGuid(), ['get'])])
        assert.deepEqual([more.status, more.body.error.message], [400, 'A vault has at most 1024 access policies.'])
        assert.equal((await show(name)).accessPolicies.length, 1024)
      })

      test('are changed by those who may change them, not by all who may write the vault', async () => {
        const writer = await userWith('Microsoft.KeyVault/vaults/write', 'Microsoft.KeyVault/vaults/read')
        const keeper = await userWith('Microsoft.KeyVault/vaults/accessPolicies/write')
        const name = await vaultWith({ enableRbacAuthorization: false })
        const accessPolicies = [policy(writer, ['get'])]
        const refused = await putVault(arm, name, { enableRbacAuthorization: false, accessPolicies }, { as: writer })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
        assert.match(refused.body.error.message, /'Microsoft.KeyVault\/vaults\/accessPolicies\/write'/)
        assert.equal((await update(name, 'add', accessPolicies, writer)).status, 403)
        assert.deepEqual((await show(name)).accessPolicies, [])
        assert.equal((await update(name, 'add', accessPolicies, keeper)).status, 200)
        const unchanged = await putVault(arm, name, { enableRbacAuthorization: false }, { as: writer })
        assert.equal(unchanged.status, 200)
      })
    })

    describe('the permission model', () => {
      test('is access policies for a vault made with an older api-version that does not say', async () => {
        const name = freshName()
        const made = await putVault(arm, name, { enableRbacAuthorization: null }, { apiVersion: '2025-05-01' })
        assert.deepEqual([made.status, made.body.properties.enableRbacAuthorization], [201, false])
        const later = await putVault(arm, name, { enableRbacAuthorization: null })
        assert.deepEqual([later.status, later.body.properties.enableRbacAuthorization], [200, false])
      })

      test('is switched, in both directions, only by those who may assign roles', async () => {
        const writer = await userWith(
          'Microsoft.KeyVault/vaults/write',
          'Microsoft.KeyVault/vaults/accessPolicies/write',
        )
        for (const enableRbacAuthorization of [true, false]) {
          const name = await vaultWith({ enableRbacAuthorization })
          const switched = { enableRbacAuthorization: !enableRbacAuthorization }
          const refused = await putVault(arm, name, switched, { as: writer })
          assert.equal(refused.status, 403)
          assert.match(refused.body.error.message, /'Microsoft.Authorization\/roleAssignments\/write'/)
          const patch = { body: { properties: switched } }
          assert.equal((await arm.send('PATCH', vaultIdOf(arm, name), { ...patch, as: writer })).status, 403)
          assert.equal((await show(name)).enableRbacAuthorization, enableRbacAuthorization)
          assert.equal((await arm.send('PATCH', vaultIdOf(arm, name), patch)).status, 200)
          assert.equal((await show(name)).enableRbacAuthorization, !enableRbacAuthorization)
        }
      })
    })

    describe('private endpoint connections', () => {
      const path = (name: string, endpoint = ''): string =>
        `${vaultIdOf(arm, name)}/privateEndpointConnections${endpoint === '' ? '' : `/${endpoint}`}`

      const shown = (name: string, endpoint: string, status: string, description = '') => ({
        id: path(name, endpoint),
        name: endpoint,
        type: 'Microsoft.KeyVault/vaults/privateEndpointConnections',
        location: 'westeurope',
        properties: {
          privateLinkServiceConnectionState: { status, description, actionsRequired: 'None' },
          provisioningState: 'Succeeded',
        },
      })

      test('of this server are pending until somebody says more', async () => {
        const name = await vaultWith()
        const pending = await arm.send('GET', path(name, 'OFFICE'))
        assert.deepEqual([pending.status, pending.body], [200, shown(name, 'office', 'Pending')])
        const listed = await arm.send('GET', path(name))
        assert.deepEqual(listed.body, { value: [shown(name, 'office', 'Pending'), shown(name, 'Plant-7', 'Pending')] })
        assert.equal('privateEndpointConnections' in (await show(name)), false)
        const unknown = await arm.send('GET', path(name, 'elsewhere'))
        assert.deepEqual(
          [unknown.status, unknown.body.error],
          [
            404,
            {
              code: 'ResourceNotFound',
              message: `The private endpoint connection 'elsewhere' of the vault '${name}' was not found.`,
              target: 'connectionName',
            },
          ],
        )
      })

      test('are approved and rejected as az does it: what was read is sent back with another status', async () => {
        const name = await vaultWith({ networkAcls: { defaultAction: 'Deny' } })
        for (const [status, description] of [
          ['Approved', 'welcome'],
          ['Rejected', ''],
        ] as const) {
          const { body } = await arm.send('GET', path(name, 'office'))
          body.properties.privateLinkServiceConnectionState.status = status
          body.properties.privateLinkServiceConnectionState.description = description === '' ? null : description
          const answer = await arm.send('PUT', path(name, 'office'), { body })
          assert.deepEqual([answer.status, answer.body], [200, shown(name, 'office', status, description)])
          assert.deepEqual((await arm.send('GET', path(name, 'office'))).body, answer.body)
          const { id, properties } = answer.body
          const vault = await show(name)
          assert.deepEqual(vault.privateEndpointConnections, [{ id, properties }])
          assert.equal(vault.networkAcls.defaultAction, 'Deny')
        }
      })

      test('stay when the vault is written, and go only by their own DELETE', async () => {
        const name = await vaultWith()
        const state = { properties: { privateLinkServiceConnectionState: { status: 'approved' } } }
        await arm.send('PUT', path(name, 'elsewhere'), { body: state })
        await putVault(arm, name, { privateEndpointConnections: [] })
        await arm.send('PATCH', vaultIdOf(arm, name), { body: { properties: { privateEndpointConnections: [] } } })
        assert.deepEqual((await arm.send('GET', path(name, 'elsewhere'))).body, shown(name, 'elsewhere', 'Approved'))
        const deleted = await arm.send('DELETE', path(name, 'Elsewhere'))
        assert.deepEqual([deleted.status, deleted.body], [200, shown(name, 'elsewhere', 'Approved')])
        const again = await arm.send('DELETE', path(name, 'elsewhere'))
        assert.deepEqual([again.status, again.text], [204, ''])
        assert.equal((await arm.send('GET', path(name, 'elsewhere'))).status, 404)
      })

      test('that cannot be are refused', async () => {
        const name = await vaultWith()
        const put = (endpoint: string, state: unknown) =>
          arm.send('PUT', path(name, endpoint), {
            body: { properties: { privateLinkServiceConnectionState: state } },
          })
        const cases = [
          ['office', { status: 'Disconnected' }, 'InvalidRequestContent'],
          ['office', { status: 'Approved', description: 'x'.repeat(513) }, 'InvalidRequestContent'],
          ['office', {}, 'InvalidRequestContent'],
          ['.hidden', { status: 'Approved' }, 'InvalidResourceName'],
          ['x'.repeat(81), { status: 'Approved' }, 'InvalidResourceName'],
        ] as const
        for (const [endpoint, state, code] of cases) {
          const answer = await put(endpoint, state)
          assert.deepEqual([endpoint, answer.status, answer.body.error.code], [endpoint, 400, code])
        }
      })

      test('are written by those who may', async () => {
        const name = await vaultWith()
        const reader = await arm.user([['reader', arm.path()]])
        const body = { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } }
        assert.equal((await arm.send('GET', path(name, 'office'), { as: reader })).status, 200)
        assert.equal((await arm.send('PUT', path(name, 'office'), { body, as: reader })).status, 403)
        assert.equal((await arm.send('DELETE', path(name, 'office'), { as: reader })).status, 403)
        assert.equal((await arm.send('GET', path(name), { as: await arm.user() })).status, 403)
      })

      test('lead to the vault, and to nothing else of it', async () => {
        const name = await vaultWith()
        const answer = await arm.send('GET', `${vaultIdOf(arm, name)}/privateLinkResources`)
        assert.deepEqual(
          [answer.status, answer.body],
          [
            200,
            {
              value: [
                {
                  id: `${vaultIdOf(arm, name)}/privateLinkResources/vault`,
                  name: 'vault',
                  type: 'Microsoft.KeyVault/vaults/privateLinkResources',
                  properties: {
                    groupId: 'vault',
                    requiredMembers: ['default'],
                    requiredZoneNames: ['privatelink.vaultcore.azure.net'],
                  },
                },
              ],
            },
          ],
        )
      })
    })
  })
}
