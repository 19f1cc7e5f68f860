import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { engines } from '../support/databases.ts'
import { AppsHarness, container, refusal } from './arm-apps-harness.ts'

const vaultUrl = 'https://kv1.vault.azure.net/secrets/db-pass'

for (const engine of engines) {
  describe(`secrets of container apps on ${engine.name}`, { skip: engine.skip }, () => {
    let apps: AppsHarness
    before(async () => {
      apps = await AppsHarness.open(engine)
    })
    after(() => apps.close())

    const inline = [
      { name: 'one', value: 'value-1', keyVaultUrl: '', identity: '' },
      { name: 'two', value: 'value-2' },
    ]
    const system = { identity: { type: 'SystemAssigned' } }
    const secretsIn = (document: { properties: { configuration: { secrets?: unknown } } }) =>
      document.properties.configuration.secrets

    test('are shown by name, their values through listSecrets alone, and nowhere in the database', async () => {
      const { name, ...document } = await apps.make({ configuration: { secrets: inline } })
      assert.deepEqual(secretsIn(document), [{ name: 'one' }, { name: 'two' }])
      const answer = await apps.arm.send('POST', `${apps.path(name)}/listSecrets`)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(answer.body, {
        value: [
          { name: 'one', value: 'value-1' },
          { name: 'two', value: 'value-2' },
        ],
      })
      assert.equal(answer.headers['Cache-Control'], 'no-store')
      const shown = await apps.arm.send('GET', apps.path(name))
      assert.ok(!shown.text.includes('value-1'))
      for (const record of apps.arm.records) assert.ok(!record.body.includes('value-1'))
      const rows = await apps.arm.read((reader) =>
        Promise.all([
          reader.kysely.selectFrom('container_app').selectAll().execute(),
          reader.kysely.selectFrom('container_app_revision').selectAll().execute(),
          reader.kysely.selectFrom('container_app_secret').selectAll().execute(),
        ]),
      )
      const texts = rows.flat().flatMap((row) => Object.values(row).map(String))
      assert.ok(!texts.some((text) => text.includes('value-1')))
    })

    test('need the action listSecrets, which a reader of the app does not have', async () => {
      const { name } = await apps.make({ configuration: { secrets: inline } })
      const reader = await apps.arm.user([['reader', apps.path(name)]])
      assert.equal((await apps.arm.send('GET', apps.path(name), { as: reader })).status, 200)
      const denied = await apps.arm.send('POST', `${apps.path(name)}/listSecrets`, { as: reader })
      assert.deepEqual(refusal(denied), [403, 'AuthorizationFailed'])
      assert.match(denied.body.error.message, /Microsoft\.App\/containerApps\/listSecrets\/action/)
      const gone = await apps.arm.send('POST', `${apps.path(apps.newName())}/listSecrets`)
      assert.deepEqual(refusal(gone), [404, 'ResourceNotFound'])
    })

    test('keep their values when a write names them without one, and have a new one when it does', async () => {
      const { name } = await apps.make({ configuration: { secrets: inline } })
      const three = { name: 'three', value: 'value-3' }
      const put = await apps.putBack(name, ({ properties }) => {
        properties.configuration.secrets = [{ name: 'two', value: 'newer' }, { name: 'one', value: '' }, three]
      })
      assert.equal(put.status, 200, put.text)
      assert.deepEqual(await apps.secretsOf(name), [
        { name: 'two', value: 'newer' },
        { name: 'one', value: 'value-1' },
        three,
      ])
      const patched = await apps.patch(name, { configuration: { ingress: { external: true, targetPort: 80 } } })
      assert.equal(patched.status, 200, patched.text)
      assert.equal((await apps.secretsOf(name)).length, 3)
      const replaced = await apps.patch(name, { configuration: { secrets: [{ name: 'one' }] } })
      assert.equal(replaced.status, 200, replaced.text)
      assert.deepEqual(await apps.secretsOf(name), [{ name: 'one', value: 'value-1' }])
      const none = await apps.putBack(name, ({ properties }) => (properties.configuration.secrets = []))
      assert.equal(secretsIn(none.body), undefined)
      assert.deepEqual(await apps.secretsOf(name), [])
      const again = await apps.patch(name, { configuration: { secrets: [{ name: 'one' }] } })
      assert.deepEqual(refusal(again), [400, 'ContainerAppSecretInvalid'])
    })

    test('that refer to a vault keep URL and identity through a round trip, and show no value', async () => {
      const identity = await apps.identity('id-reader')
      const both = { type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity.id]: {} } }
      const secrets = [
        { name: 'db', value: '', keyVaultUrl: vaultUrl, identity: 'System' },
        {
          name: 'pinned',
          value: '',
          keyVaultUrl: `${vaultUrl}/${'a'.repeat(32)}`,
          identity: identity.id.toUpperCase(),
        },
      ]
      const { name, ...document } = await apps.make({ configuration: { secrets } }, { identity: both })
      const stored = [
        { name: 'db', keyVaultUrl: vaultUrl, identity: 'system' },
        { name: 'pinned', keyVaultUrl: `${vaultUrl}/${'a'.repeat(32)}`, identity: identity.id },
      ]
      assert.deepEqual(secretsIn(document), stored)
      assert.deepEqual(await apps.secretsOf(name), stored)
      const back = await apps.putBack(name, ({ properties }) => (properties.configuration.secrets = stored))
      assert.deepEqual(secretsIn(back.body), stored)
      const turned = await apps.patch(name, { configuration: { secrets: [{ name: 'db', value: 'now inline' }] } })
      assert.deepEqual(secretsIn(turned.body), [{ name: 'db' }])
      assert.deepEqual(await apps.secretsOf(name), [{ name: 'db', value: 'now inline' }])
    })

    test('are refused with Azure’s codes: names, twins, halves, URLs, identities that the app does not have', async () => {
      const foreign = await apps.identity('id-foreign')
      const reference = { name: 'db', keyVaultUrl: vaultUrl, identity: 'system' }
      const cases: readonly (readonly [string, readonly object[], RegExp])[] = [
        ['ContainerAppSecretInvalid', [{ name: 'Upper', value: 'canary' }], /'Upper'/],
        ['ContainerAppSecretInvalid', [{ name: '-a', value: 'canary' }], /'-a'/],
        ['ContainerAppSecretInvalid', [{ name: 'a'.repeat(254), value: 'canary' }], /at most 253/],
        ['ContainerAppSecretInvalid', [...inline, { name: 'one', value: 'canary' }], /'one' are invalid: they/],
        [
          'ContainerAppSecretInvalid',
          [{ name: 'a' }, { name: 'b', value: '' }],
          /'a', 'b' are invalid: value or keyVaultUrl and identity should be provided\.$/,
        ],
        ['ContainerAppSecretInvalid', [{ ...reference, identity: '' }], /'db' are invalid: value or/],
        ['ContainerAppSecretKeyVaultUrlInvalid', [{ ...reference, keyVaultUrl: 'https://x/secrets/y' }], /'db'/],
        [
          'InvalidParameterValueInContainerTemplate',
          [{ ...reference, identity: foreign.id }],
          /unable to fetch secret 'db' using Managed identity '.*id-foreign'';\. The identity is not assigned/,
        ],
        ['InvalidRequestContent', [{ name: 'a', value: 1 }], /'properties\.configuration\.secrets\.0\.value'/],
      ]
      const { name } = await apps.make({}, system)
      for (const [code, secrets, message] of cases) {
        const answer = await apps.patch(name, { configuration: { secrets } })
        assert.deepEqual([code, ...refusal(answer)], [code, 400, code])
        assert.match(answer.body.error.message, message)
        assert.ok(!answer.text.includes('canary'))
      }
      assert.deepEqual(await apps.secretsOf(name), [])
      const bare = await apps.make()
      const answer = await apps.patch(bare.name, { configuration: { secrets: [reference] } })
      assert.deepEqual(refusal(answer), [400, 'InvalidParameterValueInContainerTemplate'])
    })

    test('are needed by what refers to them: variables, volumes, scale rules and registries', async () => {
      const cases: readonly (readonly [object, object, RegExp])[] = [
        [
          {},
          { containers: [container([{ name: 'A', secretRef: 'no' }])] },
          /'no' defined for container 'main' not found/,
        ],
        [{}, { volumes: [{ name: 'v', storageType: 'Secret', secrets: [{ secretRef: 'no' }] }] }, /'no' not found/],
        [{ registries: [{ server: 'r', username: 'u', passwordSecretRef: 'no' }] }, {}, /'no' not found/],
      ]
      for (const [configuration, template, message] of cases) {
        const body = apps.body({ configuration, template })
        const answer = await apps.arm.send('PUT', apps.path(apps.newName()), { body })
        assert.deepEqual(refusal(answer), [400, 'ContainerAppSecretRefNotFound'])
        assert.match(answer.body.error.message, message)
      }
      const registries = [{ server: 'r', username: 'u', passwordSecretRef: 'one' }]
      const env = [{ name: 'A', secretRef: 'two', value: '' }]
      const app = await apps.make({
        configuration: { secrets: inline, registries },
        template: { containers: [container(env)] },
      })
      assert.deepEqual(app.properties.template.containers[0].env, [{ name: 'A', secretRef: 'two' }])
      assert.deepEqual(app.properties.configuration.registries, registries)
    })

    test('cannot be removed while an active revision refers to them; the refusal names it', async () => {
      const template = { containers: [container([{ name: 'A', secretRef: 'one' }])] }
      const { name, properties } = await apps.make({ configuration: { secrets: inline }, template })
      const removed = await apps.patch(name, { configuration: { secrets: [{ name: 'two' }] } })
      assert.deepEqual(refusal(removed), [400, 'ContainerAppSecretInvalid'])
      assert.equal(
        removed.body.error.message,
        `Invalid Request: Container app secret(s) with name(s) 'one' cannot be removed: active revision(s) '${properties.latestRevisionName}' refer to them.`,
      )
      assert.equal((await apps.secretsOf(name)).length, 2)
      const without = { configuration: { secrets: [{ name: 'two' }] }, template: { containers: [container()] } }
      assert.equal((await apps.patch(name, without)).status, 200)
      assert.deepEqual(await apps.secretsOf(name), [{ name: 'two', value: 'value-2' }])
    })

    test('end with their app, and no other app of its name has them', async () => {
      const { name } = await apps.make({ configuration: { secrets: inline } })
      assert.equal((await apps.arm.send('DELETE', apps.path(name))).status, 200)
      const bare = { configuration: { secrets: [{ name: 'one' }] } }
      const again = await apps.arm.send('PUT', apps.path(name), { body: apps.body(bare) })
      assert.deepEqual(refusal(again), [400, 'ContainerAppSecretInvalid'])
    })
  })
}
