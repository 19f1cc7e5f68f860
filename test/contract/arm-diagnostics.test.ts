import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { diagnosedResources } from '#arm/diagnosed-resources.ts'
import { randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness, type Sent } from './arm-harness.ts'

for (const engine of engines) {
  describe(`diagnostic settings on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    async function newVault(name = `kv-${randomHex(5)}`): Promise<string> {
      const path = arm.inGroup(`/providers/Microsoft.KeyVault/vaults/${name}`)
      const body = {
        location: 'westeurope',
        properties: { tenantId: arm.tenant, sku: { name: 'standard', family: 'A' } },
      }
      const made = await arm.send('PUT', path, { body })
      assert.equal(made.status, 201, made.text)
      return path
    }

    const workspace = (name: string) => arm.inGroup(`/providers/Microsoft.OperationalInsights/workspaces/${name}`)
    const logs = [{ category: 'AuditEvent', enabled: true, retentionPolicy: { enabled: false, days: 0 } }]
    const settingOf = (vault: string, name = 'all') =>
      `${vault}/providers/Microsoft.Insights/diagnosticSettings/${name}`
    const put = (path: string, properties: object, sent: Sent = {}) =>
      arm.send('PUT', path, { ...sent, body: { properties } })
    const resourcesOf = (sink: string) => arm.read((reader) => diagnosedResources(arm, reader, sink))

    test('a setting is stored as it was chosen, shown, listed, and deleted with 200, then 204', async () => {
      const vault = await newVault()
      const properties = { workspaceId: workspace('siem'), logs, metrics: [{ category: 'AllMetrics', enabled: false }] }
      const shown = {
        id: settingOf(vault, 'All'),
        name: 'All',
        type: 'Microsoft.Insights/diagnosticSettings',
        properties: { workspaceId: workspace('siem'), logs, metrics: [] },
      }
      const created = await put(settingOf(vault, 'All'), properties)
      assert.deepEqual([created.status, created.body], [200, shown])
      const got = await arm.send('GET', settingOf(vault, 'all'))
      assert.deepEqual([got.status, got.body], [200, shown])
      const listed = await arm.send('GET', settingOf(vault, '').replace(/\/$/, ''))
      assert.deepEqual([listed.status, listed.body], [200, { value: [shown] }])
      assert.equal((await arm.send('DELETE', settingOf(vault))).status, 200)
      assert.equal((await arm.send('DELETE', settingOf(vault))).status, 204)
      const gone = await arm.send('GET', settingOf(vault))
      assert.deepEqual([gone.status, gone.body.error.code], [404, 'ResourceNotFound'])
    })

    test('what it names is the sinks that get the vault’s records, until it is deleted', async () => {
      const vault = await newVault()
      const resource = vault.toUpperCase()
      const categories = [{ categoryGroup: 'allLogs', enabled: true }]
      const storageAccountId = '/subscriptions/x/resourceGroups/y/providers/Microsoft.Storage/storageAccounts/archive'
      await put(settingOf(vault), { storageAccountId, eventHubName: 'SIEM', logs: categories })
      assert.ok((await resourcesOf('Archive')).includes(resource))
      assert.ok((await resourcesOf('siem')).includes(resource))
      await put(settingOf(vault), { storageAccountId, logs: categories })
      assert.ok(!(await resourcesOf('siem')).includes(resource))
      await arm.send('DELETE', settingOf(vault))
      assert.ok(!(await resourcesOf('Archive')).includes(resource))
    })

    test('a vault that takes the name of a purged one has none of its settings', async () => {
      const name = `kv-${randomHex(5)}`
      const vault = await newVault(name)
      await put(settingOf(vault), { workspaceId: workspace('siem'), logs })
      assert.ok((await resourcesOf('siem')).includes(vault.toUpperCase()))
      assert.ok([200, 204].includes((await arm.send('DELETE', vault)).status))
      const purge = arm.path(`/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/${name}/purge`)
      assert.ok([200, 202, 204].includes((await arm.send('POST', purge)).status))
      await newVault(name)
      assert.ok(!(await resourcesOf('siem')).includes(vault.toUpperCase()))
      assert.deepEqual((await arm.send('GET', settingOf(vault, '').replace(/\/$/, ''))).body, { value: [] })
    })

    test('the categories of a vault are those that are delivered', async () => {
      const vault = await newVault()
      const path = `${vault}/providers/microsoft.insights/diagnosticSettingsCategories`
      const category = {
        id: `${vault}/providers/Microsoft.Insights/diagnosticSettingsCategories/AuditEvent`,
        name: 'AuditEvent',
        type: 'Microsoft.Insights/diagnosticSettingsCategories',
        properties: { categoryType: 'Logs', categoryGroups: ['audit', 'allLogs'] },
      }
      assert.deepEqual((await arm.send('GET', path)).body, { value: [category] })
      assert.deepEqual((await arm.send('GET', `${path}/auditevent`)).body, category)
      const other = await arm.send('GET', `${path}/AllMetrics`)
      assert.deepEqual([other.status, other.body.error.code], [404, 'CategoryNotFound'])
    })

    test('what could not be delivered is refused and not stored', async () => {
      const vault = await newVault()
      const workspaceId = workspace('siem')
      const cases: readonly (readonly [object, string])[] = [
        [{ workspaceId: workspace('nowhere'), logs }, 'DestinationNotFound'],
        [{ workspaceId, storageAccountId: '/x/other', logs }, 'DestinationNotFound'],
        [{ logs }, 'InvalidDiagnosticSetting'],
        [{ workspaceId, logs: [] }, 'InvalidDiagnosticSetting'],
        [{ workspaceId, logs: [{ category: 'AuditEvent', enabled: false }] }, 'InvalidDiagnosticSetting'],
        [{ workspaceId, logs: [{ category: 'Requests', enabled: true }] }, 'InvalidDiagnosticSetting'],
        [
          { workspaceId, logs: [{ category: 'AuditEvent', categoryGroup: 'audit', enabled: true }] },
          'InvalidDiagnosticSetting',
        ],
        [{ workspaceId, logs: [{ ...logs[0], retentionPolicy: { enabled: true, days: 7 } }] }, 'NotSupported'],
        [{ workspaceId, logs, metrics: [{ category: 'AllMetrics', enabled: true }] }, 'NotSupported'],
        [{ workspaceId, logs, logAnalyticsDestinationType: 'Dedicated' }, 'NotSupported'],
        [{ workspaceId: 7, logs }, 'InvalidRequestContent'],
      ]
      for (const [properties, code] of cases) {
        const answer = await put(settingOf(vault), properties)
        assert.deepEqual([properties, answer.status, answer.body.error.code], [properties, 400, code])
      }
      assert.equal((await arm.send('GET', settingOf(vault))).status, 404)
      const unknown = await put(settingOf(vault), { workspaceId: workspace('nowhere'), logs })
      assert.equal(
        unknown.body.error.message,
        "The destination 'nowhere' is not an audit sink of this server. The operator names sinks with --audit-sink.",
      )
    })

    test('a sink gets the records of a vault by one setting alone', async () => {
      const vault = await newVault()
      assert.equal((await put(settingOf(vault, 'one'), { workspaceId: workspace('siem'), logs })).status, 200)
      const again = await put(settingOf(vault, 'two'), { storageAccountId: '/x/SIEM', logs })
      const message =
        "Data sink 'siem' is already used in diagnostic setting 'one' for category 'AuditEvent'. Data sinks can't be reused in different settings on the same category for the same resource."
      assert.deepEqual([again.status, again.body], [409, { error: { code: 'Conflict', message } }])
      assert.equal((await put(settingOf(vault, 'ONE'), { workspaceId: workspace('siem'), logs })).status, 200)
    })

    test('of settings for one sink that are written at once, one is kept', async () => {
      for (let round = 0; round < 5; round++) {
        const vault = await newVault()
        const names = ['one', 'two', 'three', 'four']
        const answers = await Promise.all(
          names.map((name) => put(settingOf(vault, name), { workspaceId: workspace('siem'), logs })),
        )
        assert.deepEqual(
          answers.map(({ status }) => status).sort((one, other) => one - other),
          [200, 409, 409, 409],
        )
        for (const { status, body } of answers) if (status === 409) assert.equal(body.error.code, 'Conflict')
        const listed = await arm.send('GET', settingOf(vault, '').replace(/\/$/, ''))
        assert.equal(listed.body.value.length, 1)
        const kept = names[answers.findIndex(({ status }) => status === 200)] ?? ''
        const [removed, again] = await Promise.all([
          arm.send('DELETE', settingOf(vault, kept)),
          put(settingOf(vault, 'five'), { workspaceId: workspace('siem'), logs }),
        ])
        assert.equal(removed.status, 200)
        const left = await arm.send('GET', settingOf(vault, '').replace(/\/$/, ''))
        assert.equal(left.body.value.length, again.status === 200 ? 1 : 0)
      }
    })

    test('only vaults have them, and only who may sees and writes them', async () => {
      const vault = await newVault()
      const group = await put(settingOf(arm.inGroup()), { workspaceId: workspace('siem'), logs })
      assert.deepEqual([group.status, group.body.error.code], [400, 'ResourceTypeNotSupported'])
      const missing = await put(settingOf(`${vault}0`), { workspaceId: workspace('siem'), logs })
      assert.deepEqual([missing.status, missing.body.error.code], [404, 'ResourceNotFound'])
      const reader = await arm.user([['reader', vault]])
      const denied = await put(settingOf(vault), { workspaceId: workspace('siem'), logs }, { as: reader })
      assert.deepEqual([denied.status, denied.body.error.code], [403, 'AuthorizationFailed'])
      assert.equal((await arm.send('GET', settingOf(vault), { as: reader })).status, 404)
    })
  })
}
