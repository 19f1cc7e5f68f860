import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PrincipalId } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { openPostgres } from '#storage/postgres/postgres-database.ts'
import { engines, fixedClock } from '../support/databases.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'
import { sampleCaller } from '../support/vault-fixtures.ts'
import { ArmHarness } from './arm-harness.ts'
import { type DataCall, DataPlane, makeVault, putVault, usualAddress, vaultIdOf } from './data-plane.ts'

const closed = { defaultAction: 'Deny', bypass: 'None' }
const secret = '/secrets/one'

function freshName(): string {
  return `kv-${randomGuid().slice(0, 13)}`
}

for (const engine of engines) {
  describe(`network rules of vaults on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let plane: DataPlane
    let reader: PrincipalId

    before(async () => {
      arm = await ArmHarness.open(engine)
      plane = await DataPlane.open(arm)
      reader = await arm.user([['keyVaultSecretsOfficer', arm.path()]])
    })
    after(async () => {
      plane.close()
      await arm.close()
    })

    /** A vault with a secret in it, which then gets these properties. */
    async function vaultWith(properties: object): Promise<string> {
      const name = freshName()
      await makeVault(arm, name)
      const written = await plane.call(name, 'PUT', secret, { as: reader, body: { value: 'a' } })
      assert.equal(written.status, 200, written.text)
      const updated = await putVault(arm, name, properties)
      assert.equal(updated.status, 200, updated.text)
      return name
    }

    const read = (name: string, call: Partial<DataCall> = {}) =>
      plane.call(name, 'GET', secret, { as: reader, ...call })

    const callerLine = (oid: string): string =>
      `Caller: appid=${sampleCaller.clientId};oid=${oid};iss=https://sts.windows.net/${arm.tenant}/`

    const firewallBody = (name: string, address: string, oid: string = reader) => ({
      error: {
        code: 'Forbidden',
        message: [
          'Client address is not authorized and caller is not a trusted service.',
          `Client address: ${address}`,
          callerLine(oid),
          `Vault: ${name};location=westeurope`,
        ].join('\r\n'),
        innererror: { code: 'ForbiddenByFirewall' },
      },
    })

    describe('with the default action Deny', () => {
      test('an address that is not listed is refused before any right is asked for', async () => {
        const name = await vaultWith({ networkAcls: closed })
        const stranger = await arm.user()
        for (const as of [reader, stranger]) {
          const answer = await read(name, { as })
          assert.equal(answer.status, 403)
          assert.deepEqual(answer.body, firewallBody(name, usualAddress, as))
        }
      })

      test('every operation is refused, and nothing is written', async () => {
        const name = await vaultWith({})
        const backup = await plane.call(name, 'POST', `${secret}/backup`, { as: reader })
        await putVault(arm, name, { networkAcls: closed })
        const calls: readonly (readonly [string, string, unknown?])[] = [
          ['PUT', secret, { value: 'b' }],
          ['GET', '/secrets'],
          ['GET', `${secret}/versions`],
          ['PATCH', secret, { attributes: { enabled: false } }],
          ['DELETE', secret],
          ['GET', '/deletedsecrets'],
          ['GET', '/deletedsecrets/one'],
          ['DELETE', '/deletedsecrets/one'],
          ['POST', '/deletedsecrets/one/recover'],
          ['POST', `${secret}/backup`],
          ['POST', '/secrets/restore', { value: backup.body.value }],
        ]
        for (const [method, path, body] of calls) {
          const answer = await plane.call(name, method, path, { as: reader, body })
          assert.deepEqual(
            [method, path, answer.status, answer.body],
            [method, path, 403, firewallBody(name, usualAddress)],
          )
        }
        await putVault(arm, name, { networkAcls: { defaultAction: 'Allow' } })
        assert.equal((await read(name)).body.value, 'a')
      })

      test('listed addresses and ranges of both families are let in, mapped ones as IPv4', async () => {
        const ipRules = ['198.51.100.7', '10.20.0.0/16', 'fd00:1::/32'].map((value) => ({ value }))
        const name = await vaultWith({ networkAcls: { ...closed, ipRules } })
        const letIn = ['198.51.100.7', '10.20.255.255', '::ffff:10.20.1.1', 'fd00:1::9']
        const shutOut = ['198.51.100.8', '10.21.0.0', '::ffff:10.21.0.0', 'fd00:2::9', '::1', '', 'unknown']
        for (const from of letIn) assert.deepEqual([from, (await read(name, { from })).status], [from, 200])
        for (const from of shutOut) {
          const answer = await read(name, { from })
          assert.deepEqual([from, answer.status, answer.body], [from, 403, firewallBody(name, from)])
        }
      })

      test('an address in a header counts for nothing', async () => {
        const name = await vaultWith({ networkAcls: { ...closed, ipRules: [{ value: '198.51.100.7' }] } })
        const headers = {
          'x-forwarded-for': '198.51.100.7',
          'x-real-ip': '198.51.100.7',
          forwarded: 'for=198.51.100.7',
          'client-ip': '198.51.100.7',
          'x-ms-trusted-service': 'container-apps',
        }
        assert.deepEqual((await read(name, { headers })).body, firewallBody(name, usualAddress))
      })

      test('subnet rules let nobody in', async () => {
        const id = `/subscriptions/${arm.subscription}/resourceGroups/rg1/providers/Microsoft.Network/virtualNetworks/n/subnets/s`
        const name = await vaultWith({ networkAcls: { ...closed, virtualNetworkRules: [{ id }] } })
        assert.deepEqual((await read(name)).body, firewallBody(name, usualAddress))
      })

      test('the refusal is recorded as denied, with reason and address, and without what was not decided', async () => {
        const name = await vaultWith({ networkAcls: closed })
        await read(name)
        const { properties, own, callerAddress, description } = plane.records.at(-1) ?? assert.fail('no record')
        assert.equal(callerAddress, usualAddress)
        assert.equal(properties['isAddressAuthorized'], false)
        assert.equal('isRbacAuthorized' in properties, false)
        assert.deepEqual(
          [own['decision'], own['reason'], own['principal'], own['operation'], 'action' in own],
          ['deny', 'ForbiddenByFirewall', reader, 'getSecret', false],
        )
        assert.equal(description, firewallBody(name, usualAddress).error.message)
      })

      test('the management plane is not asked', async () => {
        const name = await vaultWith({ networkAcls: closed, publicNetworkAccess: 'Disabled' })
        assert.equal((await arm.send('GET', vaultIdOf(arm, name))).status, 200)
      })
    })

    describe('a trusted service', () => {
      const trusted = { trustedService: 'container-apps' } as const

      test('passes with bypass AzureServices, which the record says, and still needs its rights', async () => {
        for (const properties of [
          { networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' } },
          { networkAcls: { bypass: 'AzureServices' }, publicNetworkAccess: 'Disabled' },
        ]) {
          const name = await vaultWith(properties)
          assert.equal((await read(name, trusted)).status, 200)
          const { properties: shown } = plane.records.at(-1) ?? assert.fail('no record')
          assert.deepEqual([shown['isAddressAuthorized'], shown['trustedService']], [true, 'container-apps'])
          const stranger = await read(name, { ...trusted, as: await arm.user() })
          assert.deepEqual([stranger.status, stranger.body.error.innererror], [403, { code: 'ForbiddenByRbac' }])
        }
      })

      test('does not pass with bypass None', async () => {
        const name = await vaultWith({ networkAcls: closed })
        assert.deepEqual((await read(name, trusted)).body, firewallBody(name, usualAddress))
      })

      test('is not named in the record where nothing had to be bypassed', async () => {
        const name = await vaultWith({ networkAcls: { defaultAction: 'Allow' } })
        assert.equal((await read(name, trusted)).status, 200)
        const { properties } = plane.records.at(-1) ?? assert.fail('no record')
        assert.deepEqual([properties['isAddressAuthorized'], 'trustedService' in properties], [true, false])
      })
    })

    describe('with public network access disabled', () => {
      const connectionBody = (name: string, firstLine: string) => ({
        error: {
          code: 'Forbidden',
          message: [firstLine, callerLine(reader), `Vault: ${name};location=westeurope`].join('\r\n'),
          innererror: { code: 'ForbiddenByConnection' },
        },
      })

      test('listed addresses are refused too', async () => {
        const ipRules = [{ value: usualAddress }]
        const name = await vaultWith({
          publicNetworkAccess: 'Disabled',
          networkAcls: { defaultAction: 'Allow', bypass: 'AzureServices', ipRules },
        })
        const answer = await read(name)
        assert.equal(answer.status, 403)
        assert.deepEqual(
          answer.body,
          connectionBody(
            name,
            'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
          ),
        )
        const { properties, own } = plane.records.at(-1) ?? assert.fail('no record')
        assert.deepEqual([properties['isAddressAuthorized'], own['reason']], [false, 'ForbiddenByConnection'])
      })

      test('and bypass None, the text says that nobody may bypass', async () => {
        const name = await vaultWith({ publicNetworkAccess: 'Disabled', networkAcls: closed })
        const line =
          "Connection is not an approved private link and caller was ignored because bypass is not set to 'AzureServices' and PublicNetworkAccess is set to 'Disabled'."
        assert.deepEqual((await read(name)).body, connectionBody(name, line))
      })
    })

    describe('a private endpoint', () => {
      const connection = (name: string, endpoint: string): string =>
        `${vaultIdOf(arm, name)}/privateEndpointConnections/${endpoint}`

      const say = async (name: string, endpoint: string, status: string): Promise<void> => {
        const properties = { privateLinkServiceConnectionState: { status } }
        const answer = await arm.send('PUT', connection(name, endpoint), { body: { properties } })
        assert.equal(answer.status, 200, answer.text)
      }

      const wrongConnection = (name: string) => ({
        error: {
          code: 'Forbidden',
          message: `This TCP connection does not allow access to ${name}.vault.azure.net.`,
          innererror: { code: 'ForbiddenByConnection' },
        },
      })

      test('leads to a vault from its approval on, whatever the rules, until it is rejected or forgotten', async () => {
        const name = await vaultWith({ publicNetworkAccess: 'Disabled', networkAcls: closed })
        const through = 'office'
        assert.deepEqual((await read(name, { through })).body, wrongConnection(name))
        await say(name, 'Office', 'Approved')
        assert.equal((await read(name, { through })).status, 200)
        const { properties } = plane.records.at(-1) ?? assert.fail('no record')
        assert.deepEqual([properties['isAddressAuthorized'], properties['privateEndpoint']], [true, 'office'])
        assert.equal((await read(name)).status, 403)
        await say(name, through, 'Rejected')
        assert.deepEqual((await read(name, { through })).body, wrongConnection(name))
        await say(name, through, 'Approved')
        assert.equal((await read(name, { through })).status, 200)
        assert.equal((await arm.send('DELETE', connection(name, through))).status, 200)
        assert.deepEqual((await read(name, { through })).body, wrongConnection(name))
      })

      test('leads to no vault that has not approved it, not even to an open one', async () => {
        const name = await vaultWith({ networkAcls: { defaultAction: 'Allow' } })
        await say(name, 'office', 'Approved')
        await say(name, 'lab', 'Pending')
        for (const through of ['lab', 'officex', 'offic', 'Plant-7']) {
          assert.deepEqual((await read(name, { through })).body, wrongConnection(name))
        }
        const { properties, own } = plane.records.at(-1) ?? assert.fail('no record')
        assert.deepEqual(
          [properties['isAddressAuthorized'], properties['privateEndpoint'], own['reason']],
          [false, 'Plant-7', 'ForbiddenByConnection'],
        )
      })

      test('gives no rights', async () => {
        const name = await vaultWith({ publicNetworkAccess: 'Disabled' })
        await say(name, 'office', 'Approved')
        const answer = await read(name, { through: 'office', as: await arm.user() })
        assert.deepEqual([answer.status, answer.body.error.innererror], [403, { code: 'ForbiddenByRbac' }])
      })
    })

    test('a rule counts from the next call on, in both directions', async () => {
      const name = await vaultWith({ networkAcls: { defaultAction: 'Allow' } })
      for (let round = 0; round < 10; round++) {
        assert.equal((await read(name)).status, 200)
        await putVault(arm, name, { networkAcls: closed })
        assert.equal((await read(name)).status, 403)
        await putVault(arm, name, { networkAcls: { ...closed, ipRules: [{ value: usualAddress }] } })
      }
    })

    test('the rules of one vault are not those of another', async () => {
      const name = await vaultWith({ networkAcls: closed })
      const other = await vaultWith({ networkAcls: { defaultAction: 'Allow' } })
      assert.deepEqual([(await read(name)).status, (await read(other)).status], [403, 200])
    })

    test('a deleted vault that is recovered has the rules that it had', async () => {
      const name = await vaultWith({ networkAcls: closed })
      assert.equal((await arm.send('DELETE', vaultIdOf(arm, name))).status, 200)
      const recovered = await putVault(arm, name, { createMode: 'recover', networkAcls: { defaultAction: 'Allow' } })
      assert.equal(recovered.status, 200, recovered.text)
      assert.deepEqual((await read(name)).body, firewallBody(name, usualAddress))
    })
  })
}

describe('network rules over two server processes on one PostgreSQL', { skip: postgresMissing() }, () => {
  test('a rule that one of them writes counts on the next call at the other, 100 times each way', async () => {
    const connectionString = await createDatabase()
    const openOne = () => openPostgres({ connectionString, clock: fixedClock(), logger: silentLogger })
    const [database, other] = [await openOne(), await openOne()]
    const arm = await ArmHarness.open({
      name: 'postgres',
      skip: false,
      open: () => Promise.resolve({ database, close: () => database.close() }),
    })
    const planes = [await DataPlane.open(arm), await DataPlane.open(arm, other)]
    try {
      const as = await arm.user([['keyVaultSecretsOfficer', arm.path()]])
      await makeVault(arm, 'kv-two')
      await planes[0]?.call('kv-two', 'PUT', secret, { as, body: { value: 'a' } })
      for (let round = 0; round < 100; round++) {
        for (const [networkAcls, status] of [
          [closed, 403],
          [{ ...closed, ipRules: [{ value: usualAddress }] }, 200],
        ] as const) {
          await putVault(arm, 'kv-two', { networkAcls })
          for (const plane of planes.toReversed()) {
            assert.deepEqual([round, (await plane.call('kv-two', 'GET', secret, { as })).status], [round, status])
          }
        }
      }
    } finally {
      for (const plane of planes) plane.close()
      await other.close()
      await arm.close()
    }
  })
})
