import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { auditRecords, operatorToken, type RawAnswer, RawClient } from '../support/raw-client.ts'
import { RunningServer } from '../support/running-server.ts'

const canary = 'canary-access-51c0'
const group = 'rg-access'
const roles = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  vaultContributor: 'f25e0fa2-a7c8-4377-a976-54943a77a395',
  vaultReader: '21090545-7ca7-4776-b22c-e363652d74d2',
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
  secretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  cryptoOfficer: '14b46e9e-c2b7-41b4-b07b-48a6ebf60603',
} as const

interface Principal {
  readonly token: string
  readonly clientId: string
  readonly objectId: string
}

describe('callers without the right role', () => {
  let server: RunningServer
  let client: RawClient
  let management: string
  let operator: Principal
  let subscription: string
  let tenant: string

  before(async () => {
    server = await RunningServer.start()
    const facts = server.facts
    subscription = facts.subscriptionId
    tenant = facts.tenantId
    await server.command(['group', 'create', '-n', group, '-l', 'westeurope', '-o', 'none'])
    await server.command(['keyvault', 'create', '-n', 'kv1', '-g', group, '-o', 'none'])
    await server.command(['keyvault', 'create', '-n', 'kv10', '-g', group, '-o', 'none'])
    client = new RawClient(facts.httpsPort)
    management = await operatorToken(server, 'https://management.azure.com')
    const token = await operatorToken(server)
    const { oid, appid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    operator = { token, objectId: oid, clientId: appid }
    const writer = await enrol()
    await assign(writer, roles.secretsOfficer, groupScope())
    for (const [vault, secret] of [
      ['kv1', 'alpha'],
      ['kv1', 'alpha2'],
      ['kv10', 'alpha'],
    ] as const) {
      const answer = await put(writer, vault, secret)
      assert.equal(answer.status, 200, answer.text)
    }
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  const groupScope = (): string => `/subscriptions/${subscription}/resourceGroups/${group}`
  const vaultScope = (vault: string): string => `${groupScope()}/providers/Microsoft.KeyVault/vaults/${vault}`
  const hostOf = (vault: string): string => `${vault}.vault.azure.net`

  /** A new application with a token for vaults and no role. */
  async function enrol(): Promise<Principal> {
    const { appId, objectId, password }: { appId: string; objectId: string; password: string } = JSON.parse(
      await server.command(['ad', 'sp', 'create-for-rbac', '-n', `app-${randomUUID()}`]),
    )
    const answer = await client.send({
      method: 'POST',
      path: `/${tenant}/oauth2/v2.0/token`,
      host: 'login.microsoftonline.com',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: appId,
        client_secret: password,
        scope: 'https://vault.azure.net/.default',
      }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(answer.status, 200, answer.text)
    return { token: JSON.parse(answer.text).access_token, clientId: appId, objectId }
  }

  /** Gives a role and returns the path of the assignment. */
  async function assign(to: Principal, role: string, scope: string): Promise<string> {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}?api-version=2022-04-01`
    const body = JSON.stringify({
      properties: {
        roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId: to.objectId,
      },
    })
    const answer = await client.send({ method: 'PUT', path, host: 'management.azure.com', token: management, body })
    assert.equal(answer.status, 201, answer.text)
    return path
  }

  async function remove(assignment: string): Promise<void> {
    const request = { method: 'DELETE', path: assignment, host: 'management.azure.com', token: management }
    assert.equal((await client.send(request)).status, 200)
  }

  const get = (who: Principal, vault: string, path: string): Promise<RawAnswer> =>
    client.send({ path: `/${path}?api-version=7.4`, host: hostOf(vault), token: who.token })
  const put = (who: Principal, vault: string, secret: string): Promise<RawAnswer> =>
    client.send({
      method: 'PUT',
      path: `/secrets/${secret}?api-version=7.4`,
      host: hostOf(vault),
      token: who.token,
      body: JSON.stringify({ value: canary }),
    })

  /** Azure's whole 403, and nothing of what was refused in it. */
  function assertDenied(
    answer: RawAnswer,
    who: Principal,
    of: { action: string; vault: string; secret?: string },
  ): void {
    assert.equal(answer.status, 403, answer.text)
    assert.deepEqual(JSON.parse(answer.text), {
      error: {
        code: 'Forbidden',
        message: [
          'Caller is not authorized to perform action on resource.',
          'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
          `Caller: appid=${who.clientId};oid=${who.objectId};iss=https://sts.windows.net/${tenant}/`,
          `Action: 'Microsoft.KeyVault/vaults/secrets/${of.action}/action'`,
          `Resource: '/subscriptions/${subscription}/resourcegroups/${group}/providers/microsoft.keyvault/vaults/${of.vault}${of.secret === undefined ? '' : `/secrets/${of.secret}`}'`,
          'Assignment: (not found)',
          'DenyAssignmentId: null',
          'DecisionReason: null ',
          `Vault: ${of.vault};location=westeurope`,
          '',
        ].join('\r\n'),
        innererror: { code: 'ForbiddenByRbac' },
      },
    })
    assert.ok(!answer.text.includes(canary))
    assert.equal(answer.headers['www-authenticate'], undefined)
  }

  test('no role at all: each operation is denied, and a secret that does not exist is denied like one that does', async () => {
    const nobody = await enrol()
    assertDenied(await get(nobody, 'kv1', 'secrets/alpha'), nobody, {
      action: 'getSecret',
      vault: 'kv1',
      secret: 'alpha',
    })
    assertDenied(await get(nobody, 'kv1', 'secrets/nowhere'), nobody, {
      action: 'getSecret',
      vault: 'kv1',
      secret: 'nowhere',
    })
    assertDenied(await put(nobody, 'kv1', 'alpha'), nobody, { action: 'setSecret', vault: 'kv1', secret: 'alpha' })
    assertDenied(await get(nobody, 'kv1', 'secrets'), nobody, { action: 'readMetadata', vault: 'kv1' })
  })

  test('a role that is wrong for the action is no role', async () => {
    for (const role of [roles.vaultReader, roles.cryptoOfficer, roles.vaultContributor, roles.reader]) {
      const principal = await enrol()
      await assign(principal, role, vaultScope('kv1'))
      assertDenied(await get(principal, 'kv1', 'secrets/alpha'), principal, {
        action: 'getSecret',
        vault: 'kv1',
        secret: 'alpha',
      })
    }
    const reader = await enrol()
    await assign(reader, roles.secretsUser, vaultScope('kv1'))
    assert.equal((await get(reader, 'kv1', 'secrets/alpha')).status, 200)
    assertDenied(await put(reader, 'kv1', 'alpha'), reader, { action: 'setSecret', vault: 'kv1', secret: 'alpha' })
  })

  test('Owner and Contributor of the subscription have no data role', async () => {
    assertDenied(await get(operator, 'kv1', 'secrets/alpha'), operator, {
      action: 'getSecret',
      vault: 'kv1',
      secret: 'alpha',
    })
    for (const role of [roles.owner, roles.contributor]) {
      const principal = await enrol()
      await assign(principal, role, `/subscriptions/${subscription}`)
      assertDenied(await get(principal, 'kv1', 'secrets/alpha'), principal, {
        action: 'getSecret',
        vault: 'kv1',
        secret: 'alpha',
      })
    }
  })

  test('a role at kv1 is none at kv10, nor the other way round', async () => {
    for (const [own, other] of [
      ['kv1', 'kv10'],
      ['kv10', 'kv1'],
    ] as const) {
      const principal = await enrol()
      await assign(principal, roles.secretsUser, vaultScope(own))
      assert.equal((await get(principal, own, 'secrets/alpha')).status, 200)
      assertDenied(await get(principal, other, 'secrets/alpha'), principal, {
        action: 'getSecret',
        vault: other,
        secret: 'alpha',
      })
    }
  })

  test('a role at one secret is none at another, whose name begins alike, nor at the list', async () => {
    const principal = await enrol()
    await assign(principal, roles.secretsUser, `${vaultScope('kv1')}/secrets/alpha`)
    assert.equal((await get(principal, 'kv1', 'secrets/alpha')).status, 200)
    assert.equal((await get(principal, 'kv1', 'secrets/ALPHA')).status, 200)
    for (const secret of ['alpha2', 'alph']) {
      assertDenied(await get(principal, 'kv1', `secrets/${secret}`), principal, {
        action: 'getSecret',
        vault: 'kv1',
        secret,
      })
    }
    assertDenied(await get(principal, 'kv10', 'secrets/alpha'), principal, {
      action: 'getSecret',
      vault: 'kv10',
      secret: 'alpha',
    })
    assertDenied(await get(principal, 'kv1', 'secrets'), principal, { action: 'readMetadata', vault: 'kv1' })
  })

  test('a role that is taken away is gone with the next call, and back with the one after it is given again', async () => {
    const principal = await enrol()
    const refusal = { action: 'getSecret', vault: 'kv1', secret: 'alpha' }
    for (let round = 0; round < 10; round++) {
      const assignment = await assign(principal, roles.secretsUser, vaultScope('kv1'))
      assert.equal((await get(principal, 'kv1', 'secrets/alpha')).status, 200)
      await remove(assignment)
      assertDenied(await get(principal, 'kv1', 'secrets/alpha'), principal, refusal)
    }
  })

  test('every denial is on record with its decision, and no value is in log or records', async () => {
    const principal = await enrol()
    const denied = await get(principal, 'kv1', 'secrets/alpha')
    const records = await auditRecords(server)
    const record = records.find(({ correlationId }) => correlationId === denied.correlationId)
    assert.equal(record?.operationName, 'SecretGet')
    assert.equal(record?.properties.httpStatusCode, 403)
    assert.equal(record?.strongroom.decision, 'deny')
    assert.ok(!JSON.stringify(records).includes(canary))
    assert.ok(!server.log.includes(canary))
    assert.ok(!server.log.includes(principal.token))
  })
})
