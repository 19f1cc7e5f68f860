import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomGuid, randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { sampleFacts } from '../support/vault-fixtures.ts'
import { type Answered, ArmHarness, type Sent } from './arm-harness.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

for (const engine of engines) {
  describe(`the activity log on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const values = () => arm.path('/providers/microsoft.insights/eventtypes/management/values')
    const list = ($filter: string, sent: Sent = {}) =>
      arm.send('GET', values(), { apiVersion: '2015-04-01', ...sent, query: { $filter, ...sent.query } })
    const operations = (answer: Answered) =>
      answer.body.value.map(
        (event: { operationName: { value: string }; httpRequest: { method: string } }) =>
          `${event.httpRequest.method} ${event.operationName.value}`,
      )

    async function newGroup(): Promise<string> {
      const name = `rg-${randomHex(4)}`
      const made = await arm.send('PUT', arm.path(`/resourceGroups/${name}`), { body: { location: 'westeurope' } })
      assert.equal(made.status, 201)
      return name
    }

    test('a write is there at once, in the shape that clients read', async () => {
      const name = await newGroup()
      const { status, body } = await list(`eventTimestamp ge 2026-01-01T00:00:00Z and resourceGroupName eq '${name}'`)
      assert.equal(status, 200)
      const [event] = body.value
      const resource = arm.path(`/resourcegroups/${name}`)
      assert.match(event.eventDataId, guid)
      assert.match(event.eventTimestamp, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
      assert.match(event.id, new RegExp(`^${resource}/events/${event.eventDataId}/ticks/6\\d{17}$`))
      assert.deepEqual(body, {
        value: [
          {
            authorization: { action: 'Microsoft.Resources/subscriptions/resourceGroups/write', scope: resource },
            caller: 'someone@test',
            channels: 'Operation',
            claims: {
              appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
              'http://schemas.microsoft.com/identity/claims/objectidentifier': arm.operator,
            },
            correlationId: sampleFacts.requestId,
            description: '',
            eventDataId: event.eventDataId,
            eventName: { value: 'EndRequest', localizedValue: 'End request' },
            category: { value: 'Administrative', localizedValue: 'Administrative' },
            eventTimestamp: event.eventTimestamp,
            httpRequest: {
              ...(sampleFacts.clientRequestId === undefined ? {} : { clientRequestId: sampleFacts.clientRequestId }),
              clientIpAddress: sampleFacts.clientAddress,
              method: 'PUT',
            },
            id: event.id,
            level: 'Informational',
            operationId: sampleFacts.requestId,
            operationName: {
              value: 'Microsoft.Resources/subscriptions/resourceGroups/write',
              localizedValue: 'Microsoft.Resources/subscriptions/resourceGroups/write',
            },
            properties: { statusCode: 'Created', serviceRequestId: sampleFacts.requestId },
            resourceGroupName: name,
            resourceId: resource,
            resourceProviderName: { value: 'Microsoft.Resources', localizedValue: 'Microsoft.Resources' },
            resourceType: {
              value: 'Microsoft.Resources/subscriptions/resourceGroups',
              localizedValue: 'Microsoft.Resources/subscriptions/resourceGroups',
            },
            status: { value: 'Succeeded', localizedValue: 'Succeeded' },
            subStatus: { value: 'Created', localizedValue: 'Created (HTTP Status Code: 201)' },
            submissionTimestamp: event.eventTimestamp,
            subscriptionId: arm.subscription,
            tenantId: arm.tenant,
          },
        ],
      })
    })

    test('what was refused is not among what was done', async () => {
      const name = await newGroup()
      const nobody = await arm.user()
      const path = arm.path(`/resourceGroups/${name}`)
      assert.equal((await arm.send('PATCH', path, { body: { tags: {} }, as: nobody })).status, 403)
      assert.equal((await arm.send('PUT', path, { body: { location: 'eastus' } })).status, 409)
      assert.equal((await list(`resourceGroupName eq '${name}'`)).body.value.length, 1)
      assert.deepEqual((await list(`resourceGroupName eq '${name}' and status eq 'Failed'`)).body.value, [])
    })

    test('each filter that clients send chooses', async () => {
      const name = await newGroup()
      const group = arm.path(`/resourceGroups/${name}`)
      const environment = `${group}/providers/Microsoft.App/managedEnvironments/env1`
      const body = { location: 'westeurope', properties: {} }
      assert.equal((await arm.send('PUT', environment, { body })).status, 201)
      const made = 'PUT Microsoft.Resources/subscriptions/resourceGroups/write'
      const written = 'PUT Microsoft.App/managedEnvironments/write'
      const inGroup = `resourceGroupName eq '${name.toUpperCase()}'`
      const sorted = (answer: Answered) => operations(answer).sort()
      assert.deepEqual(sorted(await list(inGroup)), [written, made])
      assert.deepEqual(sorted(await list(`resourceUri eq '${environment}'`)), [written])
      assert.deepEqual(sorted(await list(`resourceId eq '${group}'`)), [written, made])
      assert.deepEqual(sorted(await list(`${inGroup} and resourceProvider eq 'microsoft.app'`)), [written])
      assert.deepEqual(sorted(await list(`${inGroup} and caller eq 'someone@test'`)), [written, made])
      assert.deepEqual(sorted(await list(`${inGroup} and caller eq 'other@test'`)), [])
      assert.deepEqual(sorted(await list(`${inGroup} and correlationId eq '${sampleFacts.requestId}'`)), [
        written,
        made,
      ])
      assert.deepEqual(sorted(await list(`${inGroup} and correlationId eq '${randomGuid()}'`)), [])
      assert.deepEqual(sorted(await list(`eventTimestamp le '2020-01-01' and ${inGroup}`)), [])
      assert.deepEqual(
        sorted(
          await list(`eventTimestamp ge 2020-01-01T00:00:00.000000+00:00 and status eq 'succeeded' and ${inGroup}`),
        ),
        [written, made],
      )
    })

    test('pages go from the newest to the oldest, and $select shortens events', async () => {
      const name = await newGroup()
      for (let at = 0; at < 4; at++) {
        arm.clock.advance(1)
        const patched = await arm.send('PATCH', arm.path(`/resourceGroups/${name}`), {
          body: { tags: { at: `${at}` } },
        })
        assert.equal(patched.status, 200)
      }
      const ids: string[] = []
      let query: Record<string, string> = {
        $filter: `resourceGroupName eq '${name}'`,
        $top: '2',
        $select: 'eventDataId, EventTimestamp',
      }
      for (;;) {
        const page = await arm.send('GET', values(), { apiVersion: '2015-04-01', query })
        for (const event of page.body.value) {
          assert.deepEqual(Object.keys(event), ['eventDataId', 'eventTimestamp'])
          ids.push(event.eventDataId)
        }
        if (page.body.nextLink === undefined) break
        query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
      }
      assert.equal(new Set(ids).size, 5)
      assert.equal(ids.length, 5)
    })

    test('what is malformed is refused', async () => {
      const cases: readonly (readonly [Record<string, string>, string])[] = [
        [{ $filter: "eventTimestamp gt '2026-01-01'" }, 'InvalidFilterInQueryString'],
        [{ $filter: "eventTimestamp ge 'yesterday'" }, 'InvalidFilterInQueryString'],
        [{ $filter: "caller eq 'a' or caller eq 'b'" }, 'InvalidFilterInQueryString'],
        [{ $filter: "caller eq 'a' and caller eq 'b'" }, 'InvalidFilterInQueryString'],
        [{ $filter: "resourceGroupName eq 'a/b'" }, 'InvalidFilterInQueryString'],
        [{ $filter: `resourceUri eq '/subscriptions/${randomGuid()}'` }, 'InvalidFilterInQueryString'],
        [{ $select: 'secrets' }, 'InvalidSelect'],
        [{ $skiptoken: Buffer.from('["soon","x"]').toString('base64url') }, 'InvalidSkipToken'],
      ]
      for (const [query, code] of cases) {
        const answer = await arm.send('GET', values(), { query })
        assert.deepEqual([query, answer.status, answer.body.error.code], [query, 400, code])
      }
    })

    test('who may read one group reads its log alone', async () => {
      const name = await newGroup()
      const reader = await arm.user([['reader', arm.path(`/resourceGroups/${name}`)]])
      assert.equal((await list(`resourceGroupName eq '${name}'`, { as: reader })).body.value.length, 1)
      const whole = await list('', { as: reader })
      assert.deepEqual([whole.status, whole.body.error.code], [403, 'AuthorizationFailed'])
      const other = await list("resourceGroupName eq 'rg1'", { as: reader })
      assert.deepEqual([other.status, other.body.error.code], [403, 'AuthorizationFailed'])
    })

    test('events are forgotten after 90 days', async () => {
      const name = await newGroup()
      // Reads go by the test's clock, and writes on PostgreSQL by that of the database, which may be before it or after it.
      const earlier = Math.min(arm.clock.now().getTime(), Date.now())
      await arm.database.system('write', (kysely) =>
        kysely
          .updateTable('activity_event')
          .set({ event_at: earlier - 91 * 24 * 60 * 60 * 1000 })
          .where('resource_group_canonical', '=', name)
          .execute(),
      )
      assert.deepEqual((await list(`resourceGroupName eq '${name}'`)).body.value, [])
      await newGroup()
      const kept = await arm.read(({ kysely }) =>
        kysely.selectFrom('activity_event').select('id').where('resource_group_canonical', '=', name).execute(),
      )
      assert.deepEqual(kept, [])
    })
  })
}
