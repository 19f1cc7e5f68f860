/** The worst bodies that fit: refused for what is too much in them, before anybody was authorised and before it costs time. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PrincipalId } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness } from './arm-harness.ts'

const maximumBodyBytes = 1024 * 1024
/** Of this thread's processor. The worst that is left takes about 50; what was compared each with each took thousands. */
const mostMilliseconds = 1000

/** What `work` gives, and what it cost this thread: other programs and a slow database do not count. */
async function measure<T>(work: () => Promise<T>): Promise<{ readonly given: T; readonly milliseconds: number }> {
  const start = process.threadCpuUsage()
  const given = await work()
  const { user, system } = process.threadCpuUsage(start)
  return { given, milliseconds: (user + system) / 1000 }
}

/** A body of the largest size that is taken: as many elements as fit between its two ends. */
function filled([start, end]: readonly [string, string], element: (at: number) => string): string {
  const elements: string[] = []
  let size = start.length + end.length
  for (let at = 0; ; at++) {
    const text = element(at)
    size += text.length + 1
    if (size > maximumBodyBytes) return start + elements.join() + end
    elements.push(text)
  }
}

/** `count` elements between the two ends. */
function listed([start, end]: readonly [string, string], count: number, element: (at: number) => string): string {
  return start + Array.from({ length: count }, (_, at) => element(at)).join() + end
}

for (const engine of engines) {
  describe(`the cost of reading a body on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let stranger: PrincipalId
    before(async () => {
      arm = await ArmHarness.open(engine)
      stranger = await arm.user()
    })
    after(() => arm.close())

    const app = () => arm.inGroup('/providers/Microsoft.App/containerApps/app')
    const vault = () => arm.inGroup('/providers/Microsoft.KeyVault/vaults/kv-parse-cost')
    const environment = () => arm.inGroup('/providers/Microsoft.App/managedEnvironments/env')
    const role = () => arm.path(`/providers/Microsoft.Authorization/roleDefinitions/${randomGuid()}`)

    /** What a principal without any role is told. */
    async function refusal(path: string, body: string, method = 'PUT'): Promise<readonly unknown[]> {
      assert.ok(body.length <= maximumBodyBytes, 'the body is one that is taken')
      JSON.parse(body)
      const ask = () => measure(() => arm.send(method, path, { as: stranger, body }))
      let { given, milliseconds } = await ask()
      // A stop of the whole machine can count as work of whoever was at it; it does not come each time.
      for (let tries = 1; tries < 3 && milliseconds >= mostMilliseconds; tries++)
        ({ given, milliseconds } = await ask())
      assert.ok(milliseconds < mostMilliseconds, `it took ${milliseconds} ms`)
      return [given.status, given.body.error.code, given.body.error.message]
    }

    const template = '"template":{"containers":[{"name":"main","image":"i"}]}'
    const secrets = [`{"location":"westeurope","properties":{${template},"configuration":{"secrets":[`, ']}}}'] as const

    test('an app has at most 1,000 secrets', async () => {
      const tooMany = [400, 'ContainerAppSecretInvalid', 'Invalid Request: A container app has at most 1000 secrets.']
      assert.deepEqual(
        await refusal(
          app(),
          filled(secrets, () => '{"name":"0","value":"twenty-six thousand"}'),
        ),
        tooMany,
      )
      assert.deepEqual(
        await refusal(
          app(),
          listed(secrets, 1001, (at) => `{"name":"s${at}"}`),
        ),
        tooMany,
      )
      assert.deepEqual(
        await refusal(
          app(),
          listed(secrets, 1001, () => '1'),
        ),
        tooMany,
      )
      const most = await refusal(
        app(),
        listed(secrets, 1000, (at) => `{"name":"s${at}"}`),
      )
      assert.deepEqual(most.slice(0, 2), [403, 'AuthorizationFailed'])
    })

    test('secrets of one name are all named, each once', async () => {
      const names = ['a', 'b', 'a', 'a', 'c', 'b']
      const [status, code, message] = await refusal(
        app(),
        listed(secrets, names.length, (at) => `{"name":"${names[at]}"}`),
      )
      assert.deepEqual([status, code], [400, 'ContainerAppSecretInvalid'])
      assert.equal(
        message,
        "Invalid Request: Container app secret(s) with name(s) 'a', 'b' are invalid: they are given more than once.",
      )
    })

    test('a body has at most 100,000 values', async () => {
      const tooMany = [400, 'InvalidRequestContent', 'The request body holds more than 100000 values.']
      for (const element of ['1', '{}', '[]', '1e999', '{"name":"0"}']) {
        assert.deepEqual(
          await refusal(
            app(),
            filled([`{"tags":[`, ']}'], () => element),
          ),
          tooMany,
        )
      }
      const most = await refusal(
        app(),
        listed(['{"tags":[', ']}'], 99_998, () => '1'),
        'PATCH',
      )
      assert.deepEqual(most.slice(0, 2), [403, 'AuthorizationFailed'])
    })

    test('lists of an app are refused for their length before an element is looked at', async () => {
      const of = (start: string, end: string) =>
        [`{"location":"westeurope","properties":{${start}`, `${end}}}`] as const
      const container = '"template":{"containers":[{"name":"main","image":"i"'
      const lists: readonly (readonly [ends: readonly [string, string], maximum: number, message: string])[] = [
        [of(`${template},"configuration":{"registries":[`, ']}'), 100, 'configuration.registries'],
        [of('"template":{"containers":[', ']}'), 100, 'template.containers'],
        [of(`${container}}],"initContainers":[`, ']}'), 100, 'template.initContainers'],
        [of(`${container},"env":[`, ']}]}'), 1000, 'template.containers.0.env'],
        [of(`${container},"args":[`, ']}]}'), 1000, 'template.containers.0.args'],
      ]
      for (const [ends, maximum, member] of lists) {
        const tooMany = `The request content was invalid: 'properties.${member}': must have at most ${maximum} elements.`
        const body = listed(ends, 90_000, () => '0')
        assert.deepEqual(await refusal(app(), body), [400, 'InvalidRequestContent', tooMany])
        const [, , first] = await refusal(
          app(),
          listed(ends, maximum, () => '{}'),
        )
        assert.ok(String(first).startsWith(`The request content was invalid: 'properties.${member}.0`), String(first))
      }
    })

    test('documents of any shape hold finite numbers, and are looked at once', async () => {
      const nested = `${'['.repeat(20)}1e999${']'.repeat(20)}`
      const ends = [
        `{"location":"westeurope","properties":{${template},"configuration":{"ingress":{"traffic":[`,
        ']}}}}',
      ] as const
      const message =
        "The request content was invalid: 'properties.configuration.ingress.traffic': must be a list of JSON values."
      assert.deepEqual(
        await refusal(
          app(),
          listed(ends, 4000, () => nested),
        ),
        [400, 'InvalidRequestContent', message],
      )
      const profiles = listed(
        ['{"location":"westeurope","properties":{"workloadProfiles":[', ']}}'],
        90_000,
        () => '1e999',
      )
      assert.deepEqual(await refusal(environment(), profiles), [
        400,
        'InvalidRequestContent',
        "The request content was invalid: 'properties.workloadProfiles': must be a list of JSON values.",
      ])
    })

    test('an app has at most 100 user-assigned identities', async () => {
      const id = (at: number) =>
        `"${arm.inGroup(`/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-${at}`)}":{}`
      const ends = [
        '{"location":"westeurope","identity":{"type":"UserAssigned","userAssignedIdentities":{',
        `}},"properties":{${template}}}`,
      ] as const
      const message =
        "The request content was invalid: 'identity.userAssignedIdentities' must have at most 100 members."
      for (const method of ['PUT', 'PATCH']) {
        const body = filled(ends, id)
        assert.deepEqual(await refusal(app(), body, method), [400, 'InvalidRequestContent', message])
        const most = listed(ends, 100, id)
        assert.deepEqual((await refusal(app(), most, method)).slice(0, 2), [403, 'AuthorizationFailed'])
      }
    })

    const policyEnds = () =>
      [
        `{"location":"westeurope","properties":{"tenantId":"${arm.tenant}","sku":{"name":"standard"},"accessPolicies":[`,
        ']}}',
      ] as const
    const policy = (at: number) =>
      `{"tenantId":"${arm.tenant}","objectId":"${String(at).padStart(8, '0')}-0000-4000-8000-000000000000"}`

    test('a vault has at most 1,024 access policies, twins among them', async () => {
      const tooMany = [400, 'BadRequest', 'A vault has at most 1024 access policies.']
      for (const path of [vault(), `${vault()}/accessPolicies/add`]) {
        assert.deepEqual(await refusal(path, filled(policyEnds(), policy)), tooMany)
        assert.deepEqual(
          await refusal(
            path,
            listed(policyEnds(), 1025, () => policy(1)),
          ),
          tooMany,
        )
        assert.deepEqual(
          await refusal(
            path,
            listed(policyEnds(), 90_000, () => '1'),
          ),
          tooMany,
        )
        const most = await refusal(path, listed(policyEnds(), 1024, policy))
        assert.deepEqual(most.slice(0, 2), [403, 'AuthorizationFailed'])
      }
    })

    test('a policy has at most 100 words for one kind of objects', async () => {
      const [start, end] = policyEnds()
      const holder = policy(1).slice(0, -1)
      const ends = [`${start}${holder},"permissions":{"keys":[`, `]}}${end}`] as const
      const message =
        "The request content was invalid: 'properties.accessPolicies.0.permissions.keys': must have at most 100 elements."
      assert.deepEqual(
        await refusal(
          vault(),
          listed(ends, 90_000, () => '"get"'),
        ),
        [400, 'InvalidRequestContent', message],
      )
    })

    test('network rules of a vault are counted before they are looked at', async () => {
      const [start, end] = policyEnds()
      const ends = (member: string) => [`${start}],"networkAcls":{"${member}":[`, `]}${end.slice(1)}`] as const
      assert.deepEqual(
        await refusal(
          vault(),
          listed(ends('ipRules'), 90_000, () => '1'),
        ),
        [400, 'BadRequest', 'A vault has at most 1000 IP rules.'],
      )
      assert.deepEqual(
        await refusal(
          vault(),
          listed(ends('virtualNetworkRules'), 90_000, () => '1'),
        ),
        [400, 'BadRequest', 'A vault has at most 200 virtual network rules.'],
      )
    })

    const roleEnds = (scopes: string, permissions: readonly [string, string]) =>
      [
        `{"properties":{"roleName":"r","assignableScopes":[${scopes}],"permissions":[${permissions[0]}`,
        `${permissions[1]}]}}`,
      ] as const

    test('a role has bounded lists', async () => {
      const scope = `"${arm.path()}"`
      const code = [400, 'InvalidRoleDefinition']
      const entries = roleEnds(scope, ['{"actions":["a/b"]},', ''])
      assert.deepEqual(
        (
          await refusal(
            role(),
            listed(entries, 100, () => '{}'),
          )
        ).slice(0, 2),
        code,
      )
      assert.deepEqual(
        (
          await refusal(
            role(),
            listed(entries, 90_000, () => '1'),
          )
        ).slice(0, 2),
        code,
      )
      assert.deepEqual(
        (
          await refusal(
            role(),
            listed(entries, 99, () => '{}'),
          )
        ).slice(0, 2),
        [403, 'AuthorizationFailed'],
      )
      const actions = roleEnds(scope, ['{"actions":[', ']}'])
      assert.deepEqual(
        (
          await refusal(
            role(),
            listed(actions, 2049, () => '"a/b"'),
          )
        ).slice(0, 2),
        code,
      )
      const twice = `{"actions":[${'"a/b",'.repeat(1024)}"a/b"]}`
      const [, , message] = await refusal(
        role(),
        listed(roleEnds(scope, ['', '']), 2, () => twice),
      )
      assert.equal(message, "'properties.permissions' must hold at most 2048 of each kind of actions.")
    })

    test('a scope is read in one pass, and has at most 4,096 characters and 64 segments', async () => {
      const permissions = ['{"actions":["a/b"]}', ''] as const
      const scopes = [`/a${'/'.repeat(maximumBodyBytes - 200)}a`, '/a'.repeat(65), `/${'a'.repeat(4096)}`]
      for (const scope of scopes) {
        const body = roleEnds(`"${scope}"`, permissions).join('')
        assert.deepEqual((await refusal(role(), body)).slice(0, 2), [400, 'InvalidScope'])
      }
      const longest = `${arm.path()}${'/a'.repeat(62)}`
      const body = roleEnds(`"${longest}"`, permissions).join('')
      assert.deepEqual((await refusal(role(), body)).slice(0, 2), [403, 'AuthorizationFailed'])
    })
  })
}
