import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { trustGuid } from '#base/ids.ts'
import { engines } from '../support/databases.ts'
import { AppsHarness, refusal } from './arm-apps-harness.ts'

const containerAppsContributor = '358470bc-b998-42bd-ab17-a7e34c199c0f'
const managedIdentityOperator = 'f1a07417-d97a-45cb-824c-7a7467783830'

for (const engine of engines) {
  describe(`user-assigned identities of container apps on ${engine.name}`, { skip: engine.skip }, () => {
    let apps: AppsHarness
    before(async () => {
      apps = await AppsHarness.open(engine)
    })
    after(() => apps.close())

    test('are given in any letter case, with an object or null, and shown with their principals', async () => {
      const one = await apps.identity('id-one')
      const two = await apps.identity('id-two')
      const userAssignedIdentities = { [one.id.toUpperCase().replace('ID-ONE', 'id-one')]: {}, [two.id]: null }
      const app = await apps.make({}, { identity: { type: 'SystemAssigned,UserAssigned', userAssignedIdentities } })
      const { principalId, tenantId } = app.identity
      const shownAs = ({ properties }: typeof one) => ({
        principalId: properties.principalId,
        clientId: properties.clientId,
      })
      assert.deepEqual(app.identity, {
        type: 'SystemAssigned, UserAssigned',
        principalId,
        tenantId,
        userAssignedIdentities: { [one.id]: shownAs(one), [two.id]: shownAs(two) },
      })
      assert.deepEqual((await apps.arm.send('GET', apps.path(app.name))).body.identity, app.identity)
    })

    test('stay through writes that do not speak of them; the type says which count', async () => {
      const one = await apps.identity('id-stay')
      const userAssignedIdentities = { [one.id]: {} }
      const { name, identity } = await apps.make({}, { identity: { type: 'UserAssigned', userAssignedIdentities } })
      assert.equal(identity.type, 'UserAssigned')
      assert.equal(identity.principalId, undefined)
      const kept = await apps.patch(name, {}, { tags: { a: 'b' } })
      assert.deepEqual([kept.status, kept.body.identity], [200, identity])
      const both = await apps.patch(name, {}, { identity: { type: 'SystemAssigned, UserAssigned' } })
      assert.deepEqual(both.body.identity.userAssignedIdentities, identity.userAssignedIdentities)
      const alone = await apps.putBack(name, (document) => (document.identity.type = 'SystemAssigned'))
      assert.deepEqual(Object.keys(alone.body.identity), ['type', 'principalId', 'tenantId'])
      assert.equal(alone.body.identity.principalId, both.body.identity.principalId)
    })

    test('are taken away by null in a patch, and by leaving them out of a PUT', async () => {
      const [one, two] = [await apps.identity('id-a'), await apps.identity('id-b')]
      const userAssignedIdentities = { [one.id]: {}, [two.id]: {} }
      const { name } = await apps.make({}, { identity: { type: 'UserAssigned', userAssignedIdentities } })
      const patch = { userAssignedIdentities: { [one.id.toLowerCase()]: null } }
      const patched = await apps.patch(name, {}, { identity: patch })
      assert.equal(patched.status, 200, patched.text)
      assert.deepEqual(Object.keys(patched.body.identity.userAssignedIdentities), [two.id])
      const none = await apps.putBack(name, (document) => {
        document.identity = { type: 'None', userAssignedIdentities: null }
      })
      assert.deepEqual(none.body.identity, { type: 'None' })
    })

    test('are refused when they do not exist, are no identity’s id, or are missing beside their type', async () => {
      const absent = apps.arm.inGroup('/providers/Microsoft.ManagedIdentity/userAssignedIdentities/absent')
      const cases: readonly (readonly [string, object])[] = [
        ['FailedIdentityOperation', { type: 'UserAssigned', userAssignedIdentities: { [absent]: {} } }],
        ['FailedIdentityOperation', { type: 'UserAssigned' }],
        ['InvalidRequestContent', { type: 'UserAssigned', userAssignedIdentities: { x: {} } }],
        ['InvalidRequestContent', { type: 'Everybody' }],
      ]
      for (const [code, identity] of cases) {
        const path = apps.path(apps.newName())
        const answer = await apps.arm.send('PUT', path, { body: apps.body({}, { identity }) })
        assert.deepEqual([identity, ...refusal(answer)], [identity, 400, code])
        assert.equal((await apps.arm.send('GET', path)).status, 404)
      }
    })

    test('need the action to assign each that is named, and no other', async () => {
      const [one, two] = [await apps.identity('id-mine'), await apps.identity('id-theirs')]
      const contributor = await apps.arm.user()
      await apps.arm.assign(contributor, trustGuid(containerAppsContributor), apps.arm.inGroup())
      await apps.arm.assign(contributor, trustGuid(managedIdentityOperator), one.id)
      const asked = (id: string) => ({ type: 'UserAssigned', userAssignedIdentities: { [id]: {} } })
      const path = apps.path(apps.newName())
      const send = (method: string, identity: object) =>
        apps.arm.send(method, path, { body: apps.body({}, { identity }), as: contributor })
      const denied = await send('PUT', asked(two.id))
      assert.equal(denied.status, 403, denied.text)
      assert.match(denied.body.error.message, /Microsoft\.ManagedIdentity\/userAssignedIdentities\/assign\/action/)
      assert.equal((await send('PUT', asked(one.id))).status, 201)
      assert.equal((await send('PATCH', asked(two.id))).status, 403)
      assert.equal((await send('PATCH', { userAssignedIdentities: { [two.id]: null } })).status, 200)
    })

    test('are not inherited by another identity that is made under the same id', async () => {
      const first = await apps.identity('id-again')
      const identity = { type: 'UserAssigned', userAssignedIdentities: { [first.id]: {} } }
      const { name } = await apps.make({}, { identity })
      assert.equal((await apps.arm.send('DELETE', first.id)).status, 200)
      const second = await apps.identity('id-again')
      assert.notEqual(second.properties.principalId, first.properties.principalId)
      const shown = (await apps.arm.send('GET', apps.path(name))).body.identity
      assert.deepEqual(shown, { type: 'UserAssigned', userAssignedIdentities: { [first.id]: {} } })
      const kept = await apps.patch(name, {}, { identity: { type: 'UserAssigned' } })
      assert.deepEqual(kept.body.identity.userAssignedIdentities, { [first.id]: {} })
      const named = await apps.patch(name, {}, { identity })
      const { principalId } = second.properties
      assert.equal(named.body.identity.userAssignedIdentities[first.id].principalId, principalId)
    })
  })
}
