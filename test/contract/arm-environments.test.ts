import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { engines } from '../support/databases.ts'
import { AppsHarness, refusal } from './arm-apps-harness.ts'

for (const engine of engines) {
  describe(`managed environments and workspaces on ${engine.name}`, { skip: engine.skip }, () => {
    let apps: AppsHarness
    before(async () => {
      apps = await AppsHarness.open(engine)
    })
    after(() => apps.close())

    const environmentPath = (name: string) => apps.arm.inGroup(`/providers/Microsoft.App/managedEnvironments/${name}`)
    const workspacePath = (name: string) =>
      apps.arm.inGroup(`/providers/Microsoft.OperationalInsights/workspaces/${name}`)

    test('an environment is pointed at a workspace, whose key is never shown again', async () => {
      const path = environmentPath('env-logs')
      const properties = {
        appLogsConfiguration: {
          destination: 'log-analytics',
          logAnalyticsConfiguration: { customerId: 'a-customer', sharedKey: 'canary-key' },
        },
      }
      const made = await apps.arm.send('PUT', path, { body: { location: 'westeurope', properties } })
      assert.equal(made.status, 201, made.text)
      assert.deepEqual(made.body.properties.appLogsConfiguration, {
        destination: 'log-analytics',
        logAnalyticsConfiguration: { customerId: 'a-customer' },
      })
      assert.equal(made.body.properties.staticIp, undefined)
      assert.ok(!made.text.includes('canary-key'))
      const rows = await apps.arm.read((reader) =>
        reader.kysely.selectFrom('managed_environment').selectAll().execute(),
      )
      assert.ok(!JSON.stringify(rows).includes('canary-key'))
    })

    test('a patch merges properties, replaces tags, and leaves the rest', async () => {
      const path = environmentPath('env-patch')
      const workloadProfiles = [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
      const body = { location: 'westeurope', tags: { a: '1' }, properties: { workloadProfiles, zoneRedundant: true } }
      const made = await apps.arm.send('PUT', path, { body })
      const destination = { destination: 'azure-monitor' }
      const patched = await apps.arm.send('PATCH', path, {
        body: { properties: { appLogsConfiguration: destination } },
      })
      assert.equal(patched.status, 200, patched.text)
      assert.deepEqual(patched.body.properties, { ...made.body.properties, appLogsConfiguration: destination })
      assert.deepEqual(patched.body.tags, { a: '1' })
      const tagged = await apps.arm.send('PATCH', path, { body: { tags: { b: '2' }, location: 'ignored' } })
      assert.deepEqual([tagged.body.tags, tagged.body.location], [{ b: '2' }, 'West Europe'])
      const refused = await apps.arm.send('PATCH', path, {
        body: { properties: { peerAuthentication: { mtls: { enabled: true } } } },
      })
      assert.deepEqual(refusal(refused), [400, 'NotSupported'])
      const absent = await apps.arm.send('PATCH', environmentPath('absent'), { body: {} })
      assert.deepEqual(refusal(absent), [404, 'ResourceNotFound'])
    })

    test('workload profiles are those that the environment asks for; only Consumption can be had', async () => {
      const path = environmentPath('env-profiles')
      const workloadProfiles = [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
      await apps.arm.send('PUT', path, { body: { location: 'westeurope', properties: { workloadProfiles } } })
      assert.deepEqual((await apps.arm.send('GET', `${path}/workloadProfileStates`)).body, {
        value: [
          {
            name: 'Consumption',
            type: 'Microsoft.App/managedEnvironments/workloadProfileStates',
            properties: { currentCount: 0 },
          },
        ],
      })
      const types = await apps.arm.send(
        'GET',
        apps.arm.path('/providers/Microsoft.App/locations/westeurope/availableManagedEnvironmentsWorkloadProfileTypes'),
      )
      assert.deepEqual(
        types.body.value.map(({ name, location }: { name: string; location: string }) => [name, location]),
        [['Consumption', 'West Europe']],
      )
    })

    test('a name is available in an environment until an app has it', async () => {
      const { name } = await apps.make()
      const check = (wanted: string, type = 'Microsoft.App/containerApps') =>
        apps.arm.send('POST', `${apps.environment}/checkNameAvailability`, { body: { name: wanted, type } })
      assert.deepEqual((await check('free-name')).body, { nameAvailable: true })
      const taken = (await check(name)).body
      assert.deepEqual([taken.nameAvailable, taken.reason], [false, 'AlreadyExists'])
      const bad = (await check('1-bad')).body
      assert.deepEqual([bad.nameAvailable, bad.reason], [false, 'Invalid'])
      assert.deepEqual(refusal(await check('x', 'Microsoft.App/jobs')), [400, 'NotSupported'])
    })

    test('a workspace has an id and two keys that stay, shown by sharedKeys alone', async () => {
      const path = workspacePath('workspace-rg1abcd')
      const made = await apps.arm.send('PUT', path, { body: { location: 'westeurope' }, apiVersion: '2020-08-01' })
      assert.equal(made.status, 201, made.text)
      const { customerId } = made.body.properties
      assert.match(customerId, /^[0-9a-f-]{36}$/)
      assert.deepEqual(made.body, {
        id: path,
        name: 'workspace-rg1abcd',
        type: 'Microsoft.OperationalInsights/workspaces',
        location: 'West Europe',
        tags: {},
        systemData: made.body.systemData,
        properties: {
          sku: { name: 'PerGB2018' },
          retentionInDays: 30,
          customerId,
          provisioningState: 'Succeeded',
          createdDate: made.body.properties.createdDate,
          modifiedDate: made.body.properties.modifiedDate,
        },
      })
      const keys = await apps.arm.send('POST', `${path}/sharedKeys`)
      assert.equal(keys.status, 200, keys.text)
      const { primarySharedKey, secondarySharedKey, ...others } = keys.body
      assert.deepEqual(others, {})
      for (const key of [primarySharedKey, secondarySharedKey]) {
        assert.equal(Buffer.from(key, 'base64').length, 64)
      }
      assert.notEqual(primarySharedKey, secondarySharedKey)
      const again = await apps.arm.send('PUT', path, {
        body: { location: 'westeurope', tags: { a: 'b' }, properties: { retentionInDays: 60 } },
      })
      assert.deepEqual([again.status, again.body.properties.customerId], [200, customerId])
      assert.deepEqual((await apps.arm.send('POST', `${path}/sharedKeys`)).body, keys.body)
      assert.deepEqual((await apps.arm.send('GET', path)).body, again.body)
      assert.ok(!apps.arm.records.some(({ body }) => body.includes(primarySharedKey)))
      const elsewhere = await apps.arm.send('PUT', path, { body: { location: 'eastus' } })
      assert.deepEqual(refusal(elsewhere), [409, 'InvalidResourceLocation'])
    })

    test('a workspace is listed for who may read it, its keys are for who may ask for them, and it can be deleted', async () => {
      const path = workspacePath('workspace-listed')
      await apps.arm.send('PUT', path, { body: { location: 'westeurope' } })
      const reader = await apps.arm.user([['reader', path]])
      for (const list of [
        apps.arm.path('/providers/Microsoft.OperationalInsights/workspaces'),
        apps.arm.inGroup('/providers/microsoft.operationalinsights/workspaces'),
      ]) {
        const listed = await apps.arm.send('GET', list, { as: reader })
        assert.deepEqual(
          listed.body.value.map(({ name }: { name: string }) => name),
          ['workspace-listed'],
        )
      }
      const denied = await apps.arm.send('POST', `${path}/sharedKeys`, { as: reader })
      assert.deepEqual(refusal(denied), [403, 'AuthorizationFailed'])
      assert.equal((await apps.arm.send('DELETE', path)).status, 200)
      assert.equal((await apps.arm.send('DELETE', path)).status, 204)
      assert.deepEqual(refusal(await apps.arm.send('POST', `${path}/sharedKeys`)), [404, 'ResourceNotFound'])
      const bad = await apps.arm.send('PUT', workspacePath('no_name'), { body: { location: 'westeurope' } })
      assert.deepEqual(refusal(bad), [400, 'InvalidResourceName'])
    })
  })
}
