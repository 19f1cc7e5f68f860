/**
 * What Terraform with the azurerm provider sends, request by request, for a resource group, a user-assigned identity, a vault, a
 * role assignment and a secret: apply, the reads of a second plan, destroy. Statuses and members are those that the provider
 * stops at. It sends plus signs for spaces, asks each secret first without a token, and the vault's bare address many times.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { RawClient } from '../support/raw-client.ts'
import { assignRole, RunningServer } from '../support/running-server.ts'

const management = 'management.azure.com'
const location = 'westeurope'
const vaultName = 'kv-terraform'
const vaultHost = `${vaultName}.vault.azure.net`
const assignmentName = randomUUID()
const versions = {
  groups: '2023-07-01',
  identities: '2024-11-30',
  vaults: '2026-02-01',
  roleDefinitions: '2022-05-01-preview',
  roleAssignments: '2022-04-01',
  resources: '2020-06-01',
  providers: '2022-09-01',
} as const

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: each test compares the members that it names.
  readonly body: any
}

describe('the requests of Terraform', () => {
  let server: RunningServer
  let client: RawClient
  let application: { readonly appId: string; readonly objectId: string; readonly password: string }
  const tokens = new Map<string, string>()
  let subscription: string
  let group: string
  let vault: string
  let identity: string
  let assignment: string
  /** What apply read last, by path: a second plan is empty if it reads the same. */
  const read = new Map<string, Answer['body']>()

  before(async () => {
    server = await RunningServer.start()
    client = new RawClient(server.facts.httpsPort, { connections: 1 })
    application = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '-n', 'terraform']))
    subscription = `/subscriptions/${server.facts.subscriptionId}`
    group = `${subscription}/resourceGroups/rg-terraform`
    vault = `${group}/providers/Microsoft.KeyVault/vaults/${vaultName}`
    identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-terraform`
    assignment = `${vault}/providers/Microsoft.Authorization/roleAssignments/${assignmentName}`
    await assignRole(server, application.objectId, 'Owner', subscription)
    await assignRole(server, application.objectId, 'Key Vault Secrets Officer', subscription)
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  async function ask(host: string, method: string, path: string, more: object = {}): Promise<Answer> {
    const { status, headers, text } = await client.send({ host, method, path, ...more })
    return { status, headers, body: text === '' ? undefined : JSON.parse(text) }
  }

  async function signIn(scope: string): Promise<void> {
    const form = { client_id: application.appId, client_secret: application.password, scope }
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const path = `/${server.facts.tenantId}/oauth2/v2.0/token`
    const answer = await ask('login.microsoftonline.com', 'POST', path, { body, headers })
    assert.deepEqual([answer.status, answer.body.token_type], [200, 'Bearer'])
    tokens.set(scope, answer.body.access_token)
  }

  /** A request to the resource manager; `path` may have a query. */
  async function manage(method: string, path: string, version: string, body?: object): Promise<Answer> {
    const target = `${path}${path.includes('?') ? '&' : '?'}api-version=${version}`
    const token = tokens.get('https://management.azure.com/.default')
    return ask(management, method, target, { token, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  }

  /** A request to the vault: first without token, whose 401 says where to get one, then again with it. */
  async function askVault(method: string, path: string, body?: object): Promise<Answer> {
    const target = `${path}?api-version=7.4`
    const stranger = await ask(vaultHost, method, target)
    assert.equal(stranger.status, 401)
    const { tenantId } = server.facts
    assert.equal(
      stranger.headers['www-authenticate'],
      `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="https://vault.azure.net"`,
    )
    const scope = 'https://vault.azure.net/.default'
    if (!tokens.has(scope)) await signIn(scope)
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return ask(vaultHost, method, target, { token: tokens.get(scope), ...sent })
  }

  /** Follows a long-running operation by the address that its first answer gave. */
  async function follow(address: string | string[] | undefined): Promise<Answer> {
    const url = new URL(String(address))
    assert.equal(url.host, management)
    return ask(management, 'GET', `${url.pathname}${url.search}`, {
      token: tokens.get('https://management.azure.com/.default'),
    })
  }

  async function readAll(): Promise<ReadonlyMap<string, Answer['body']>> {
    const found = new Map<string, Answer['body']>()
    const paths: readonly (readonly [string, string])[] = [
      [group, versions.groups],
      [identity, versions.identities],
      [vault, versions.vaults],
      [assignment, versions.roleAssignments],
      [
        `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.keyVaultSecretsUser}`,
        versions.roleDefinitions,
      ],
    ]
    for (const [path, version] of paths) {
      const answer = await manage('GET', path, version)
      assert.equal(answer.status, 200, path)
      found.set(path, answer.body)
    }
    const secret = await askVault('GET', '/secrets/db/')
    assert.equal(secret.status, 200)
    return found.set('secret', secret.body)
  }

  describe('apply', () => {
    test('signs in for Graph, three times, and for the resource manager, without discovery', async () => {
      for (let turn = 0; turn < 3; turn++) await signIn('https://graph.microsoft.com/.default')
      await signIn('https://management.azure.com/.default')
    })

    test('reads the cloud, the subscription and its providers, all registered', async () => {
      const cloud = await ask(management, 'GET', '/metadata/endpoints?api-version=2022-09-01')
      assert.equal(cloud.status, 200)
      const { authentication, microsoftGraphResourceId, suffixes } = cloud.body
      assert.deepEqual(
        [authentication.loginEndpoint, microsoftGraphResourceId, suffixes.keyVaultDns],
        ['https://login.microsoftonline.com', 'https://graph.microsoft.com/', 'vault.azure.net'],
      )
      const shown = await manage('GET', subscription, versions.providers)
      assert.deepEqual([shown.status, shown.body.state], [200, 'Enabled'])
      const providers = await manage('GET', `${subscription}/providers`, versions.providers)
      assert.equal(providers.status, 200)
      const states = new Map<string, string>(
        providers.body.value.map((provider: { namespace: string; registrationState: string }) => [
          provider.namespace,
          provider.registrationState,
        ]),
      )
      for (const name of ['KeyVault', 'ManagedIdentity', 'Authorization', 'Resources', 'App', 'OperationalInsights']) {
        assert.equal(states.get(`Microsoft.${name}`), 'Registered', name)
      }
      const registered = await manage(
        'POST',
        `${subscription}/providers/Microsoft.KeyVault/register`,
        versions.providers,
      )
      assert.deepEqual([registered.status, registered.body.registrationState], [200, 'Registered'])
    })

    test('makes the resource group and waits until it is there', async () => {
      assert.equal((await manage('GET', group, versions.groups)).status, 404)
      const made = await manage('PUT', group, versions.groups, { location, tags: {} })
      assert.equal(made.status, 201)
      for (let turn = 0; turn < 5; turn++) {
        const shown = await manage('GET', group, versions.groups)
        assert.deepEqual([shown.status, shown.body.location, shown.body.tags], [200, location, {}])
      }
    })

    test('makes the identity', async () => {
      assert.equal((await manage('GET', identity, versions.identities)).status, 404)
      const body = { location, properties: { isolationScope: 'None' }, tags: {} }
      assert.equal((await manage('PUT', identity, versions.identities, body)).status, 201)
      const shown = await manage('GET', identity, versions.identities)
      const { clientId, principalId, ...properties } = shown.body.properties
      assert.deepEqual(
        [shown.status, shown.body.location, shown.body.tags, properties],
        [200, location, {}, { isolationScope: 'None', tenantId: server.facts.tenantId }],
      )
      assert.match(`${clientId} ${principalId}`, /^[0-9a-f-]{36} [0-9a-f-]{36}$/)
    })

    test('makes the vault, after a look for a deleted one of its name', async () => {
      assert.equal((await manage('GET', vault, versions.vaults)).status, 404)
      const deleted = `${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vaultName}`
      assert.equal((await manage('GET', deleted, versions.vaults)).status, 404)
      const properties = {
        accessPolicies: [],
        createMode: 'default',
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: 'Enabled',
        sku: { family: 'A', name: 'standard' },
        tenantId: server.facts.tenantId,
      }
      const made = await manage('PUT', vault, versions.vaults, { location, properties, tags: {} })
      // Without an address to poll, the provider reads the vault until its state is final.
      const addresses = [made.headers['azure-asyncoperation'], made.headers['location']]
      assert.deepEqual([made.status, ...addresses], [201, undefined, undefined])
      const shown = await manage('GET', vault, versions.vaults)
      const { createMode, ...kept } = properties
      assert.equal(createMode, 'default')
      assert.deepEqual(shown.body.properties, {
        ...kept,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
        provisioningState: 'Succeeded',
        softDeleteRetentionInDays: 90,
        vaultUri: `https://${vaultHost}/`,
      })
      assert.deepEqual([shown.status, shown.body.location, shown.body.tags], [200, location, {}])
    })

    test('asks the address of the vault again and again without a token, on a connection that stays', async () => {
      for (let turn = 0; turn < 11; turn++) {
        const answer = await ask(vaultHost, 'GET', '/')
        assert.deepEqual([answer.status, answer.headers['connection']], [401, 'keep-alive'])
      }
    })

    test('may find no contacts for certificates', async () => {
      assert.equal((await askVault('GET', '/certificates/contacts')).status, 404)
    })

    test('finds the role by its name, with plus signs for spaces, and by its id', async () => {
      const filter = '%24filter=roleName+eq+%27Key+Vault+Secrets+User%27'
      const roles = `${vault}/providers/Microsoft.Authorization/roleDefinitions?${filter}`
      const found = await manage('GET', roles, versions.roleDefinitions)
      const names = found.body.value.map(({ properties }: { properties: { roleName: string } }) => properties.roleName)
      assert.deepEqual([found.status, names], [200, ['Key Vault Secrets User']])
      const roleDefinitionId: string = found.body.value[0].id
      assert.equal(
        roleDefinitionId,
        `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.keyVaultSecretsUser}`,
      )
      const byId = await manage('GET', roleDefinitionId, versions.roleDefinitions)
      assert.deepEqual([byId.status, byId.body], [200, found.body.value[0]])
    })

    test('assigns the role to the identity', async () => {
      assert.equal((await manage('GET', assignment, versions.roleAssignments)).status, 404)
      const { principalId } = (await manage('GET', identity, versions.identities)).body.properties
      const properties = {
        description: '',
        principalId,
        principalType: 'ServicePrincipal',
        roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.keyVaultSecretsUser}`,
      }
      assert.equal((await manage('PUT', assignment, versions.roleAssignments, { properties })).status, 201)
      for (let turn = 0; turn < 7; turn++) {
        const shown = await manage('GET', assignment, versions.roleAssignments)
        const { scope, description = '', roleDefinitionId, principalType } = shown.body.properties
        assert.deepEqual(
          { status: shown.status, scope, description, roleDefinitionId, principalType, principalId },
          { status: 200, scope: vault, ...properties },
        )
      }
    })

    test('sets the secret', async () => {
      assert.equal((await askVault('GET', '/secrets/db/')).status, 404)
      const body = { attributes: {}, contentType: '', tags: {}, value: 'from a plan' }
      assert.equal((await askVault('PUT', '/secrets/db', body)).status, 200)
      for (let turn = 0; turn < 2; turn++) {
        const { status, body: shown } = await askVault('GET', '/secrets/db/')
        assert.deepEqual([status, shown.value, shown.contentType ?? '', shown.tags], [200, 'from a plan', '', {}])
        assert.match(shown.id, new RegExp(`^https://${vaultHost}/secrets/db/[0-9a-f]{32}$`))
      }
      for (const [path, found] of await readAll()) read.set(path, found)
    })
  })

  describe('a second plan', () => {
    test('finds the vault of the secret among the resources', async () => {
      const filter = `%24filter=resourceType+eq+%27Microsoft.KeyVault%2Fvaults%27+and+name+eq+%27${vaultName}%27&%24top=5`
      const listed = await manage('GET', `${subscription}/resources?${filter}`, versions.resources)
      const ids = listed.body.value.map(({ id }: { id: string }) => id)
      assert.deepEqual([listed.status, ids, listed.body.nextLink], [200, [vault], undefined])
    })

    test('reads what apply read last: there is nothing to do', async () => {
      assert.deepEqual(await readAll(), read)
    })
  })

  describe('destroy', () => {
    test('takes the role assignment away', async () => {
      const deleted = await manage('DELETE', assignment, versions.roleAssignments)
      assert.deepEqual([deleted.status, deleted.body], [200, read.get(assignment)])
      assert.equal((await manage('GET', assignment, versions.roleAssignments)).status, 404)
    })

    test('deletes the secret and purges it', async () => {
      assert.equal((await askVault('DELETE', '/secrets/db')).status, 200)
      assert.equal((await askVault('GET', '/secrets/db/')).status, 404)
      assert.equal((await askVault('GET', '/deletedsecrets/db')).status, 200)
      assert.equal((await askVault('DELETE', '/deletedsecrets/db')).status, 204)
      assert.equal((await askVault('GET', '/deletedsecrets/db')).status, 404)
    })

    test('deletes the identity', async () => {
      assert.equal((await manage('DELETE', identity, versions.identities)).status, 200)
      assert.equal((await manage('GET', identity, versions.identities)).status, 404)
    })

    test('deletes the vault and purges it', async () => {
      const { body } = await manage('GET', vault, versions.vaults)
      assert.deepEqual([body.properties.enableSoftDelete, body.properties.enablePurgeProtection], [true, undefined])
      assert.equal((await manage('DELETE', vault, versions.vaults)).status, 200)
      const deleted = `${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vaultName}`
      const purge = await manage('POST', `${deleted}/purge`, versions.vaults)
      assert.equal(purge.status, 202)
      assert.equal((await follow(purge.headers['location'])).status, 200)
      assert.equal((await manage('GET', deleted, versions.vaults)).status, 404)
    })

    test('finds the resource group empty and deletes it', async () => {
      const query = '%24expand=provisioningState&%24top=10'
      const listed = await manage('GET', `${group}/resources?${query}`, versions.groups)
      assert.deepEqual([listed.status, listed.body], [200, { value: [] }])
      const deleted = await manage('DELETE', group, versions.groups)
      assert.equal(deleted.status, 202)
      assert.equal((await follow(deleted.headers['location'])).status, 200)
      assert.equal((await manage('GET', group, versions.groups)).status, 404)
    })

    test('leaves nothing', async () => {
      const groups = await manage('GET', `${subscription}/resourcegroups`, versions.groups)
      const left = await manage('GET', `${subscription}/resources`, versions.resources)
      const deletedVaults = `${subscription}/providers/Microsoft.KeyVault/deletedVaults`
      const vaults = await manage('GET', deletedVaults, versions.vaults)
      assert.deepEqual([groups.body.value, left.body.value, vaults.body.value], [[], [], []])
    })
  })
})
