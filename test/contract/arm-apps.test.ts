import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { findAppByName } from '#containerapps/find-app-by-name.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'

for (const engine of engines) {
  describe(`container apps in the resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let environment: string
    before(async () => {
      arm = await ArmHarness.open(engine)
      environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env1')
      const made = await arm.send('PUT', environment, { body: environmentBody() })
      assert.equal(made.status, 201, made.text)
    })
    after(() => arm.close())

    const newApp = () => `app-${randomHex(4)}`
    const appPath = (name: string) => arm.inGroup(`/providers/Microsoft.App/containerApps/${name}`)
    const environmentBody = (properties: object = {}) => ({
      location: 'westeurope',
      properties: {
        appLogsConfiguration: { destination: null, logAnalyticsConfiguration: null },
        zoneRedundant: false,
        vnetConfiguration: null,
        peerAuthentication: { mtls: { enabled: null } },
        workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }],
        ...properties,
      },
    })
    const appBody = (type = 'None', env: readonly object[] = [{ name: 'A', value: '1' }], more: object = {}) => ({
      location: 'West Europe',
      identity: { type, userAssignedIdentities: null },
      properties: {
        environmentId: environment,
        configuration: {
          activeRevisionsMode: 'single',
          secrets: null,
          ingress: { external: true, targetPort: 80, traffic: null, fqdn: null },
        },
        template: {
          revisionSuffix: null,
          containers: [{ name: 'main', image: 'docker.io/library/hello:1', env, resources: null, volumeMounts: null }],
          scale: null,
          ...more,
        },
      },
    })
    const principalOf = (id: string) => arm.read((reader) => findPrincipal(reader, trustGuid<PrincipalId>(id)))

    async function makeApp(name: string, type = 'None'): Promise<ReturnType<typeof JSON.parse>> {
      const made = await arm.send('PUT', appPath(name), { body: appBody(type) })
      assert.equal(made.status, 201, made.text)
      return made.body
    }

    /** What az does to change an app: the whole document of GET, with its read-only members, goes back. */
    async function putBack(name: string, change: (document: ReturnType<typeof JSON.parse>) => void) {
      const document = (await arm.send('GET', appPath(name))).body
      change(document)
      return arm.send('PUT', appPath(name), { body: document })
    }

    test('an environment is created with 201 and an operation that can be asked for 24 hours', async () => {
      const path = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env-status')
      const origin = 'https://management.localhost:8443'
      const made = await arm.send('PUT', path, { body: environmentBody(), origin, apiVersion: '2025-07-01' })
      assert.equal(made.status, 201)
      assert.equal(made.body.properties.provisioningState, 'Succeeded')
      assert.equal(made.body.location, 'West Europe')
      assert.match(made.body.properties.defaultDomain, /^env-[0-9a-f]{10}\.westeurope\.azurecontainerapps\.dev$/)
      const url = new URL(made.headers['Azure-AsyncOperation'] ?? '')
      assert.equal(url.origin, origin)
      const status = await arm.send('GET', url.pathname, { as: await arm.user() })
      assert.deepEqual([status.status, status.body.status, status.body.id], [200, 'Succeeded', url.pathname])
      const unknown = await arm.send('GET', url.pathname.replace(/[^/]+$/, randomGuid()))
      assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'OperationNotFound'])
      const again = await arm.send('PUT', path, { body: environmentBody({ zoneRedundant: true }) })
      assert.equal(again.status, 200)
      assert.equal(again.headers['Azure-AsyncOperation'], undefined)
      assert.equal(again.body.properties.defaultDomain, made.body.properties.defaultDomain)
      assert.deepEqual((await arm.send('GET', path)).body, again.body)
      if (engine.name === 'sqlite') {
        arm.clock.advance(24 * 3600 + 1)
        assert.equal((await arm.send('GET', url.pathname)).status, 404)
      }
    })

    test('what an environment would not enforce is refused', async () => {
      const path = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env-bad')
      for (const properties of [
        { vnetConfiguration: { internal: true } },
        { peerAuthentication: { mtls: { enabled: true } } },
        { publicNetworkAccess: 'Disabled' },
        { customDomainConfiguration: { certificatePassword: 'x' } },
      ]) {
        const answer = await arm.send('PUT', path, { body: environmentBody(properties) })
        assert.deepEqual([properties, answer.status, answer.body.error.code], [properties, 400, 'NotSupported'])
      }
    })

    test('an app is created with 201, shown without nulls, and its domain is its environment’s', async () => {
      const name = newApp()
      const made = await arm.send('PUT', appPath(name), { body: appBody() })
      assert.equal(made.status, 201, made.text)
      assert.ok(made.headers['Azure-AsyncOperation']?.startsWith('https://management.azure.com/subscriptions/'))
      const { defaultDomain } = (await arm.send('GET', environment)).body.properties
      const revision = made.body.properties.latestRevisionName
      assert.match(revision, new RegExp(`^${name}--[a-z0-9]{7}$`))
      assert.deepEqual(made.body, {
        id: arm.inGroup(`/providers/Microsoft.App/containerapps/${name}`),
        name,
        type: 'Microsoft.App/containerApps',
        location: 'West Europe',
        tags: {},
        systemData: made.body.systemData,
        identity: { type: 'None' },
        properties: {
          provisioningState: 'Succeeded',
          managedEnvironmentId: environment,
          environmentId: environment,
          workloadProfileName: 'Consumption',
          latestRevisionName: revision,
          latestRevisionFqdn: `${revision}.${defaultDomain}`,
          outboundIpAddresses: [],
          delegatedIdentities: [],
          configuration: {
            activeRevisionsMode: 'Single',
            ingress: {
              external: true,
              targetPort: 80,
              transport: 'Auto',
              allowInsecure: false,
              traffic: [{ weight: 100, latestRevision: true }],
              fqdn: `${name}.${defaultDomain}`,
            },
          },
          template: {
            containers: [
              {
                name: 'main',
                image: 'docker.io/library/hello:1',
                env: [{ name: 'A', value: '1' }],
                resources: { cpu: 0.5, memory: '1Gi' },
              },
            ],
          },
        },
      })
      assert.deepEqual((await arm.send('GET', appPath(name.toUpperCase()))).body, made.body)
      assert.ok(!made.text.includes('null'))
    })

    test('an identity is given, kept through changes, removed with its principal, and never the same again', async () => {
      const name = newApp()
      await makeApp(name)
      const assigned = await putBack(name, (document) => (document.identity = { type: 'SystemAssigned' }))
      assert.equal(assigned.status, 200, assigned.text)
      const first = assigned.body.identity
      assert.deepEqual(first, { type: 'SystemAssigned', principalId: first.principalId, tenantId: arm.tenant })
      const principal = await principalOf(first.principalId)
      assert.deepEqual(
        [principal?.displayName, principal?.servicePrincipalType, principal?.resourceId],
        [name, 'ManagedIdentity', appPath(name)],
      )
      const kept = await putBack(name, (document) => (document.tags = { kept: 'yes' }))
      assert.deepEqual([kept.body.identity, kept.body.tags], [first, { kept: 'yes' }])
      const claimed = await putBack(name, (document) => (document.identity.principalId = arm.operator))
      assert.deepEqual(claimed.body.identity, first)
      const removed = await putBack(name, (document) => (document.identity = { ...first, type: 'None' }))
      assert.deepEqual(removed.body.identity, { type: 'None' })
      assert.equal(await principalOf(first.principalId), undefined)
      const second = (await putBack(name, (document) => (document.identity = { type: 'SystemAssigned' }))).body.identity
      assert.notEqual(second.principalId, first.principalId)
      const patched = await arm.send('PATCH', appPath(name), { body: { identity: { type: 'None' } } })
      assert.deepEqual([patched.status, patched.body.identity], [200, { type: 'None' }])
      assert.equal(await principalOf(second.principalId), undefined)
    })

    test('a removed identity keeps its roles on paper and has none in fact; its tokens end', async () => {
      const name = newApp()
      const { identity } = await makeApp(name, 'SystemAssigned')
      await arm.send('PUT', `${arm.inGroup()}/providers/Microsoft.Authorization/roleAssignments/${randomGuid()}`, {
        body: {
          properties: {
            roleDefinitionId: '/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
            principalId: identity.principalId,
          },
        },
      })
      assert.equal((await arm.send('GET', arm.inGroup(), { as: identity.principalId })).status, 200)
      const before = await arm.database.currentFreshness(arm.tenant)
      await putBack(name, (document) => (document.identity = { type: 'None' }))
      const moved = await arm.database.currentFreshness(arm.tenant)
      assert.ok(moved.generation > before.generation && moved.epoch > before.epoch)
      const denied = await arm.send('GET', arm.inGroup(), { as: identity.principalId })
      assert.equal(denied.status, 403)
      assert.match(denied.body.error.message, /the client does not exist in the directory/)
    })

    test('a revision is made by a change of the template and by nothing else', async () => {
      const name = newApp()
      const first = (await makeApp(name)).properties.latestRevisionName
      const same = await putBack(name, (document) => (document.properties.configuration.ingress.targetPort = 81))
      assert.equal(same.body.properties.latestRevisionName, first)
      const template = {
        containers: [{ name: 'main', image: 'docker.io/library/hello:1', env: [{ name: 'B', value: '2' }] }],
      }
      const changed = await arm.send('PATCH', appPath(name), {
        body: { properties: { template: { ...template, revisionSuffix: null } } },
      })
      assert.equal(changed.status, 200, changed.text)
      const second = changed.body.properties.latestRevisionName
      assert.notEqual(second, first)
      assert.deepEqual(changed.body.properties.template.containers[0].env, [{ name: 'B', value: '2' }])
      assert.equal(changed.body.properties.configuration.ingress.targetPort, 81)
      const named = await arm.send('PATCH', appPath(name), {
        body: { properties: { template: { revisionSuffix: 'v2' } } },
      })
      assert.equal(named.body.properties.latestRevisionName, `${name}--v2`)
      const unchanged = await putBack(name, () => undefined)
      assert.equal(unchanged.body.properties.latestRevisionName, `${name}--v2`)
      const reused = await putBack(name, (document) => (document.properties.template.containers[0].image = 'hello:2'))
      assert.deepEqual([reused.status, reused.body.error.code], [409, 'ContainerAppRevisionSuffixInUse'])
    })

    test('what is malformed is refused, and leaves the app as it was', async () => {
      const name = newApp()
      const made = await makeApp(name)
      const cases: readonly (readonly [string, (document: ReturnType<typeof JSON.parse>) => unknown])[] = [
        ['InvalidRequestContent', (document) => (document.properties.configuration.activeRevisionsMode = 'canary')],
        [
          'ContainerAppSecretRefNotFound',
          (document) => (document.properties.template.containers[0].env = [{ name: 'C', secretRef: 'db', value: '' }]),
        ],
        ['ContainerAppInvalidRevisionSuffix', (document) => (document.properties.template.revisionSuffix = 'A--b')],
        ['InvalidRequestContent', (document) => (document.properties.template.containers = [])],
        [
          'EnvironmentIdImmutable',
          (document) => (document.properties.environmentId = environment.replace('env1', 'env-status')),
        ],
        ['ManagedEnvironmentNotFound', (document) => (document.properties.environmentId = `${environment}x`)],
        ['InvalidEnvironmentId', (document) => (document.properties.environmentId = 'env1')],
      ]
      for (const [code, change] of cases) {
        const answer = await putBack(name, change)
        assert.deepEqual([code, answer.status, answer.body.error.code], [code, 400, code])
        assert.ok(!answer.text.includes('canary'))
      }
      assert.deepEqual((await arm.send('GET', appPath(name))).body, made)
      assert.deepEqual((await arm.send('POST', `${appPath(name)}/listSecrets`)).body, { value: [] })
      for (const bad of ['1app', 'a--b', 'app-', 'x'.repeat(33)]) {
        const answer = await arm.send('PUT', appPath(bad), { body: appBody() })
        assert.deepEqual([bad, answer.status, answer.body.error.code], [bad, 400, 'ContainerAppInvalidName'])
      }
    })

    test('environment variables that no operating system can set are refused', async () => {
      const name = newApp()
      await makeApp(name)
      const variables = [
        { name: '', value: '1' },
        { name: 'A=B', value: '1' },
        { name: '=', value: '1' },
        { name: 'A\0', value: '1' },
        { name: 'A', value: 'b\0' },
      ]
      for (const variable of variables) {
        const put = await arm.send('PUT', appPath(newApp()), { body: appBody('None', [variable]) })
        assert.deepEqual([put.status, put.body.error.code], [400, 'InvalidRequestContent'])
        assert.match(put.body.error.message, /'properties\.template\.containers\.0\.env\.0\.(name|value)'/)
        const { template } = appBody('None', [variable]).properties
        const patched = await arm.send('PATCH', appPath(name), { body: { properties: { template } } })
        assert.deepEqual([patched.status, patched.body.error.code], [400, 'InvalidRequestContent'])
      }
      const odd = { name: 'a.b-c (1)', value: 'x=y' }
      assert.equal((await arm.send('PUT', appPath(newApp()), { body: appBody('None', [odd]) })).status, 201)
    })

    test('whoever makes an app must be allowed to join its environment', async () => {
      const group = arm.path('/resourceGroups/rg-apps')
      await arm.send('PUT', group, { body: { location: 'westeurope' } })
      const contributor = await arm.user([['contributor', group]])
      const path = `${group}/providers/Microsoft.App/containerApps/joiner`
      const denied = await arm.send('PUT', path, { body: appBody(), as: contributor })
      assert.equal(denied.status, 403)
      assert.match(denied.body.error.message, /Microsoft\.App\/managedEnvironments\/join\/action/)
      assert.equal((await arm.send('GET', path)).status, 404)
    })

    test('lists show only apps that the caller may read', async () => {
      const [seen, hidden] = [newApp(), newApp()]
      await makeApp(seen)
      await makeApp(hidden)
      const reader = await arm.user([['reader', appPath(seen)]])
      for (const path of [
        arm.path('/providers/Microsoft.App/containerApps'),
        arm.inGroup('/providers/Microsoft.App/containerapps'),
      ]) {
        const listed = await arm.send('GET', path, { as: reader })
        assert.deepEqual(
          listed.body.value.map((app: { name: string }) => app.name),
          [seen],
        )
      }
      const everything = await arm.send('GET', arm.inGroup('/providers/Microsoft.App/containerApps'))
      assert.ok(everything.body.value.some((app: { name: string }) => app.name === hidden))
      const environments = await arm.send('GET', arm.inGroup('/providers/Microsoft.App/managedEnvironments'), {
        as: reader,
      })
      assert.deepEqual(environments.body, { value: [] })
    })

    test('deleting an app ends its identity and the roles kept at its scope', async () => {
      const name = newApp()
      const { identity } = await makeApp(name, 'SystemAssigned')
      const user = await arm.user([['reader', appPath(name)]])
      assert.equal((await arm.send('GET', appPath(name), { as: user })).status, 200)
      assert.equal((await arm.send('DELETE', appPath(name))).status, 200)
      assert.equal((await arm.send('DELETE', appPath(name))).status, 204)
      assert.equal(await principalOf(identity.principalId), undefined)
      await makeApp(name)
      assert.equal((await arm.send('GET', appPath(name), { as: user })).status, 403)
    })

    describe('finding an app to run', () => {
      const find = (name: string, group?: string) => arm.read((reader) => findAppByName(reader, name, group))

      test('its identity and the variables of its newest active revision are given, secret ones by name', async () => {
        const name = newApp()
        const env = [
          { name: 'A', value: '1' },
          { name: 'EMPTY', value: '' },
          { name: 'A', value: '2' },
          { name: 'B', secretRef: 'b' },
          { name: 'CONTAINER_APP_NAME', value: 'mine' },
        ]
        const body = appBody('SystemAssigned', env)
        const configuration = { ...body.properties.configuration, secrets: [{ name: 'b', value: 'value' }] }
        const properties = { ...body.properties, configuration }
        const made = await arm.send('PUT', appPath(name), { body: { ...body, properties } })
        assert.equal(made.status, 201, made.text)
        const { principalId } = made.body.identity
        const { latestRevisionName: revisionName } = made.body.properties
        const { defaultDomain } = (await arm.send('GET', environment)).body.properties
        assert.deepEqual(await find(name.toUpperCase()), {
          tenant: arm.tenant,
          id: (await find(name)).id,
          name,
          resourceGroup: 'rg1',
          resourceId: appPath(name),
          identity: { principalId, clientId: (await principalOf(principalId))?.clientId },
          revisionName,
          environment: {
            A: '2',
            EMPTY: '',
            CONTAINER_APP_NAME: name,
            CONTAINER_APP_REVISION: revisionName,
            CONTAINER_APP_ENV_DNS_SUFFIX: defaultDomain,
            CONTAINER_APP_HOSTNAME: `${revisionName}.${defaultDomain}`,
            CONTAINER_APP_PORT: '80',
          },
          secretVariables: { B: 'b' },
        })
        await arm.send('POST', `${appPath(name)}/revisions/${revisionName}/deactivate`)
        await assert.rejects(find(name), { code: 'ContainerAppHasNoActiveRevision' })
      })

      test('an app without identity has none; an absent or ambiguous name is refused with a sentence', async () => {
        const name = newApp()
        await makeApp(name)
        assert.equal((await find(name)).identity, undefined)
        await assert.rejects(find('nothing'), { code: 'ContainerAppNotFound' })
        await arm.send('PUT', arm.path('/resourcegroups/rg3'), { body: { location: 'westeurope' } })
        const twin = arm.path(`/resourceGroups/rg3/providers/Microsoft.App/containerApps/${name}`)
        assert.equal((await arm.send('PUT', twin, { body: appBody() })).status, 201)
        await assert.rejects(find(name), {
          code: 'ContainerAppAmbiguous',
          message: `Container app '${name}' exists in several resource groups: 'rg1', 'rg3'. Name one of them.`,
        })
        assert.equal((await find(name, 'RG3')).resourceGroup, 'rg3')
      })
    })

    test('a document nested deeper than 32 levels is refused before it is parsed', async () => {
      const body = `{"a":${'['.repeat(32)}${']'.repeat(32)}}`
      const answer = await arm.send('PUT', appPath('deep'), { body })
      assert.deepEqual([answer.status, answer.body.error.code], [400, 'InvalidRequestContent'])
    })
  })
}
