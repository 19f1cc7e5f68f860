import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomGuid } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

for (const engine of engines) {
  describe(`lists of resources on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
      assert.equal(
        (await arm.send('PUT', arm.path('/resourceGroups/rg2'), { body: { location: 'eastus', tags: { Team: 'a' } } }))
          .status,
        201,
      )
      await put('rg1', 'env-a', 'westeurope', { Env: 'Prod' })
      await put('rg1', 'env-b', 'westeurope', { costCentre: '7' })
      await put('rg2', 'env-a', 'eastus', { env: 'test' })
    })
    after(() => arm.close())

    async function put(group: string, name: string, location: string, tags: object): Promise<void> {
      const path = arm.path(`/resourceGroups/${group}/providers/Microsoft.App/managedEnvironments/${name}`)
      const made = await arm.send('PUT', path, { body: { location, tags, properties: {} } })
      assert.equal(made.status, 201, made.text)
    }

    const list = (query: Record<string, string>, path = arm.path('/resources')) =>
      arm.send('GET', path, { query, apiVersion: '2015-11-01' })
    const placesOf = (answer: Answered): readonly string[] =>
      answer.body.value.map((item: { id: string; name: string }) => `${item.id.split('/')[4]}/${item.name}`)

    test('every filter that az sends chooses, alone and joined', async () => {
      const type = "resourceType eq 'Microsoft.App/managedEnvironments'"
      const cases: readonly (readonly [string, readonly string[]])[] = [
        [type, ['rg1/env-a', 'rg1/env-b', 'rg2/env-a']],
        [`${type} and name eq 'ENV-A'`, ['rg1/env-a', 'rg2/env-a']],
        [`${type} and resourceGroup eq 'rg2'`, ['rg2/env-a']],
        ["location eq 'westeurope'", ['rg1/env-a', 'rg1/env-b']],
        ["location eq 'West Europe' and name eq 'env-b'", ['rg1/env-b']],
        ["tagName eq 'env'", ['rg1/env-a', 'rg2/env-a']],
        ["tagname eq 'ENV' and tagvalue eq 'Prod'", ['rg1/env-a']],
        ["startswith(tagName, 'cost')", ['rg1/env-b']],
        ["resourceType eq 'Microsoft.KeyVault/vaults'", []],
        ["resourceType eq 'Microsoft.Web/sites'", []],
      ]
      for (const [$filter, expected] of cases) {
        const answer = await list({ $filter })
        assert.deepEqual([$filter, answer.status, placesOf(answer)], [$filter, 200, expected])
      }
      const inGroup = await list({ $filter: "name eq 'env-a'" }, arm.path('/resourceGroups/rg2/resources'))
      assert.deepEqual(placesOf(inGroup), ['rg2/env-a'])
    })

    test('an item is thin, and $expand adds its times and state', async () => {
      const $filter = "name eq 'env-b'"
      const item = {
        id: arm.path('/resourceGroups/rg1/providers/Microsoft.App/managedEnvironments/env-b'),
        name: 'env-b',
        type: 'Microsoft.App/managedEnvironments',
        location: 'westeurope',
        tags: { costCentre: '7' },
      }
      assert.deepEqual((await list({ $filter })).body, { value: [item] })
      const { body } = await list({ $filter, $expand: 'createdTime,changedTime,provisioningState' })
      const [{ createdTime, changedTime }] = body.value
      assert.match(createdTime, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
      assert.deepEqual(body, { value: [{ ...item, createdTime, changedTime, provisioningState: 'Succeeded' }] })
      assert.ok(Date.parse(changedTime) >= Date.parse(createdTime))
      const wrong = await list({ $expand: 'secrets' })
      assert.deepEqual(
        [wrong.status, wrong.body],
        [
          400,
          {
            error: {
              code: 'InvalidExpand',
              message: "'$expand' takes createdTime, changedTime, provisioningState.",
              target: '$expand',
            },
          },
        ],
      )
    })

    test('pages follow links that start with the host the client used and repeat what it asked for', async () => {
      const origin = 'https://management.localhost:8443'
      let query: Record<string, string> = { $top: '1', $expand: 'createdTime', $filter: "startswith(tagName, '')" }
      const seen: string[] = []
      for (let page = 1; page <= 3; page++) {
        const answer = await arm.send('GET', arm.path('/resources'), { query, origin, apiVersion: '2015-11-01' })
        seen.push(...placesOf(answer))
        assert.equal(typeof answer.body.value[0].createdTime, 'string')
        if (page === 3) {
          assert.equal(answer.body.nextLink, undefined)
          break
        }
        const next = new URL(answer.body.nextLink)
        assert.equal(`${next.origin}${next.pathname}`, `${origin}${arm.path('/resources')}`)
        assert.equal(next.searchParams.get('api-version'), '2015-11-01')
        query = Object.fromEntries(next.searchParams)
      }
      assert.deepEqual(seen, ['rg1/env-a', 'rg1/env-b', 'rg2/env-a'])
    })

    test('groups are chosen by their tags', async () => {
      const groups = async ($filter: string) =>
        (await list({ $filter }, arm.path('/resourcegroups'))).body.value.map(({ name }: { name: string }) => name)
      assert.deepEqual(await groups("tagName eq 'team' and tagValue eq 'a'"), ['rg2'])
      assert.deepEqual(await groups("tagName eq 'team' and tagValue eq 'b'"), [])
    })

    test('a list in a subscription that is not there is not empty', async () => {
      const id = randomGuid()
      for (const rest of ['/resources', '/resourcegroups', '/providers/Microsoft.KeyVault/vaults', '/providers']) {
        const answer = await arm.send('GET', `/subscriptions/${id}${rest}`)
        assert.deepEqual([rest, answer.status, answer.body.error.code], [rest, 404, 'SubscriptionNotFound'])
      }
    })

    test('each provider says its types with their api-versions, and every location by its display name', async () => {
      const { body } = await arm.send('GET', arm.path('/providers/Microsoft.KeyVault'))
      const [vaults] = body.resourceTypes
      assert.deepEqual(
        { ...body, resourceTypes: [{ ...vaults, locations: vaults.locations.slice(0, 2) }] },
        {
          id: arm.path('/providers/Microsoft.KeyVault'),
          namespace: 'Microsoft.KeyVault',
          registrationState: 'Registered',
          registrationPolicy: 'RegistrationRequired',
          resourceTypes: [
            {
              resourceType: 'vaults',
              locations: ['Local', 'Australia Central'],
              apiVersions: ['2026-02-01', '2025-05-01', '2023-07-01', '2022-07-01'],
              defaultApiVersion: '2026-02-01',
              capabilities: 'SupportsTags, SupportsLocation',
            },
          ],
        },
      )
    })
  })
}
