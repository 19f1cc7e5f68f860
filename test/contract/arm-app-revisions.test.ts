import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { engines } from '../support/databases.ts'
import { AppsHarness, container, type Document, refusal } from './arm-apps-harness.ts'
import type { Answered } from './arm-harness.ts'

for (const engine of engines) {
  describe(`revisions of container apps on ${engine.name}`, { skip: engine.skip }, () => {
    let apps: AppsHarness
    before(async () => {
      apps = await AppsHarness.open(engine)
    })
    after(() => apps.close())

    const revisionPath = (name: string, revision = '') =>
      `${apps.path(name)}/revisions${revision === '' ? '' : `/${revision}`}`
    const listed = async (name: string): Promise<Document[]> =>
      (await apps.arm.send('GET', revisionPath(name))).body.value
    const states = async (name: string): Promise<readonly (readonly [string, boolean])[]> =>
      (await listed(name)).map((revision) => [revision.name, revision.properties.active] as const)
    const post = (name: string, revision: string, verb: string): Promise<Answered> =>
      apps.arm.send('POST', `${revisionPath(name, revision)}/${verb}`)
    const suffixed = (revisionSuffix: string, image: string) => ({
      template: { revisionSuffix, containers: [container([], image)] },
    })
    const multiple = { activeRevisionsMode: 'multiple' }

    test('are listed and shown with the template they were made of', async () => {
      const ingress = { external: true, targetPort: 80 }
      const { name } = await apps.make({ configuration: { ingress }, ...suffixed('v1', 'one') })
      const changed = await apps.patch(name, suffixed('v2', 'two'))
      assert.equal(changed.body.properties.latestRevisionName, `${name}--v2`)
      const [newest, oldest, ...others] = await listed(name)
      assert.deepEqual(others, [])
      const { defaultDomain } = (await apps.arm.send('GET', apps.environment)).body.properties
      assert.deepEqual(oldest, {
        id: apps.arm.inGroup(`/providers/Microsoft.App/containerapps/${name}/revisions/${name}--v1`),
        name: `${name}--v1`,
        type: 'Microsoft.App/containerApps/revisions',
        properties: {
          createdTime: oldest.properties.createdTime,
          fqdn: `${name}--v1.${defaultDomain}`,
          template: {
            revisionSuffix: 'v1',
            containers: [{ name: 'main', image: 'one', env: [], resources: { cpu: 0.5, memory: '1Gi' } }],
          },
          active: false,
          replicas: 0,
          trafficWeight: 0,
          healthState: 'None',
          provisioningState: 'Deprovisioned',
          runningState: 'Stopped',
        },
      })
      assert.deepEqual(
        [newest.properties.active, newest.properties.trafficWeight, newest.properties.provisioningState],
        [true, 100, 'Provisioned'],
      )
      const got = await apps.arm.send('GET', revisionPath(name, `${name}--V1`))
      assert.deepEqual([got.status, got.body], [200, oldest])
    })

    test('are made by a change of the template, and by no change of configuration, identity or tags', async () => {
      const { name } = await apps.make({ configuration: multiple })
      await apps.patch(name, { configuration: { secrets: [{ name: 's', value: 'v' }], maxInactiveRevisions: 5 } })
      await apps.patch(name, {}, { identity: { type: 'SystemAssigned' }, tags: { a: 'b' } })
      await apps.putBack(name, (document) => (document.properties.template.revisionSuffix = null))
      assert.equal((await listed(name)).length, 1)
      await apps.patch(name, { template: { scale: { maxReplicas: 3 } } })
      await apps.patch(name, { template: { containers: [container([{ name: 'A', value: '1' }])] } })
      assert.equal((await listed(name)).length, 3)
    })

    test('stay active beside each other in multiple mode; back in single mode only the newest does', async () => {
      const { name } = await apps.make({ configuration: multiple, ...suffixed('v1', 'one') })
      await apps.patch(name, suffixed('v2', 'two'))
      assert.deepEqual(await states(name), [
        [`${name}--v2`, true],
        [`${name}--v1`, true],
      ])
      const off = await post(name, `${name}--v1`, 'deactivate')
      assert.deepEqual([off.status, off.body], [200, `Revision '${name}--v1' is inactive.`])
      assert.deepEqual((await states(name))[1], [`${name}--v1`, false])
      assert.equal((await post(name, `${name}--v1`, 'activate')).status, 200)
      assert.deepEqual((await states(name))[1], [`${name}--v1`, true])
      const restarted = await post(name, `${name}--v1`, 'restart')
      assert.deepEqual([restarted.status, restarted.body], [200, `Revision '${name}--v1' has no replicas to restart.`])
      await apps.patch(name, { configuration: { activeRevisionsMode: 'Single' } })
      assert.deepEqual(await states(name), [
        [`${name}--v2`, true],
        [`${name}--v1`, false],
      ])
      assert.deepEqual(refusal(await post(name, `${name}--v1`, 'activate')), [409, 'ContainerAppSingleRevisionMode'])
      assert.deepEqual(refusal(await post(name, `${name}--v1`, 'restart')), [409, 'ContainerAppRevisionInactive'])
    })

    test('have names that no other revision of the app has or had', async () => {
      const { name } = await apps.make(suffixed('v1', 'one'))
      await apps.patch(name, suffixed('v2', 'two'))
      for (const suffix of ['v1', 'v2']) {
        const reused = await apps.patch(name, suffixed(suffix, 'three'))
        assert.deepEqual(refusal(reused), [409, 'ContainerAppRevisionSuffixInUse'])
      }
      assert.deepEqual(await states(name), [
        [`${name}--v2`, true],
        [`${name}--v1`, false],
      ])
    })

    test('cannot become active again without the secrets they refer to', async () => {
      const secrets = [{ name: 's', value: 'v' }]
      const template = { revisionSuffix: 'v1', containers: [container([{ name: 'A', secretRef: 's' }])] }
      const { name } = await apps.make({ configuration: { ...multiple, secrets }, template })
      await apps.patch(name, suffixed('v2', 'two'))
      const both = await apps.patch(name, { configuration: { secrets: [] } })
      assert.match(both.body.error.message, new RegExp(`active revision\\(s\\) '${name}--v1' refer`))
      await post(name, `${name}--v1`, 'deactivate')
      assert.equal((await apps.patch(name, { configuration: { secrets: [] } })).status, 200)
      const broken = await post(name, `${name}--v1`, 'activate')
      assert.deepEqual(refusal(broken), [400, 'ContainerAppSecretRefNotFound'])
      assert.deepEqual((await states(name))[1], [`${name}--v1`, false])
    })

    test('that are inactive are forgotten beyond the number that the app keeps', async () => {
      const { name } = await apps.make({ configuration: { maxInactiveRevisions: 2 }, ...suffixed('v0', 'v0') })
      for (const version of ['v1', 'v2', 'v3']) await apps.patch(name, suffixed(version, version))
      assert.deepEqual(
        (await states(name)).map(([revision]) => revision),
        ['v3', 'v2', 'v1'].map((version) => `${name}--${version}`),
      )
      const page = await apps.arm.send('GET', revisionPath(name), { query: { $top: '2' } })
      assert.equal(page.body.value.length, 2)
      const rest = new URL(page.body.nextLink).searchParams
      const next = await apps.arm.send('GET', revisionPath(name), { query: Object.fromEntries(rest) })
      assert.deepEqual(
        next.body.value.map((revision: Document) => revision.name),
        [`${name}--v1`],
      )
    })

    test('have no replicas, for nothing runs', async () => {
      const { name } = await apps.make(suffixed('v1', 'one'))
      const replicas = `${revisionPath(name, `${name}--v1`)}/replicas`
      assert.deepEqual((await apps.arm.send('GET', replicas)).body, { value: [] })
      assert.deepEqual(refusal(await apps.arm.send('GET', `${replicas}/r1`)), [404, 'ReplicaNotFound'])
    })

    test('are answered with 404 when app or revision is not there, and each action asks for its permission', async () => {
      const { name } = await apps.make(suffixed('v1', 'one'))
      assert.deepEqual(refusal(await apps.arm.send('GET', revisionPath('absent'))), [404, 'ResourceNotFound'])
      for (const revision of [`${name}--v9`, 'other--v1', 'a b', '__proto__']) {
        const answer = await apps.arm.send('GET', revisionPath(name, encodeURIComponent(revision)))
        assert.deepEqual([revision, ...refusal(answer)], [revision, 404, 'RevisionNotFound'])
      }
      const reader = await apps.arm.user([['reader', apps.path(name)]])
      const read = await apps.arm.send('GET', revisionPath(name, `${name}--v1`), { as: reader })
      assert.equal(read.status, 200)
      for (const verb of ['activate', 'deactivate', 'restart']) {
        const denied = await apps.arm.send('POST', `${revisionPath(name, `${name}--v1`)}/${verb}`, { as: reader })
        assert.equal(denied.status, 403)
        assert.ok(denied.body.error.message.includes(`Microsoft.App/containerApps/revisions/${verb}/action`))
      }
    })

    test('go with their app', async () => {
      const { name } = await apps.make(suffixed('v1', 'one'))
      await apps.arm.send('DELETE', apps.path(name))
      const again = await apps.arm.send('PUT', apps.path(name), { body: apps.body(suffixed('v1', 'two')) })
      assert.equal(again.status, 201, again.text)
      assert.equal((await listed(name)).length, 1)
    })
  })
}
