import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { auditRecords, operatorToken, RawClient } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'
import { type EndedProcess, runStrongroom } from '../support/strongroom-process.ts'

const management = 'management.azure.com'
const inlineValue = 'inline "value" ü\n2'
const vaultValue = 'value of the vault'
const printEnvironment = ['--', process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.env))']

describe('a command run as an app with secrets', () => {
  let server: RunningServer
  let client: RawClient
  let made: Furnished
  let manager: string
  let operator: string
  before(async () => {
    server = await RunningServer.start()
    client = new RawClient(server.facts.httpsPort)
    made = await furnish(server, { vault: 'kv-runsecrets', app: 'secret-app' })
    manager = await operatorToken(server, 'https://management.azure.com')
    operator = await operatorToken(server)
    await setSecret('db-pass', { value: vaultValue })
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  const secretUrl = (name: string): string => `https://${made.vault}.vault.azure.net/secrets/${name}`
  const groupPath = (): string => `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${made.group}`
  const appPath = (): string => `${groupPath()}/providers/Microsoft.App/containerApps/${made.app}`
  const run = (...words: readonly string[]): Promise<EndedProcess> =>
    runStrongroom(['run', '--app', made.app, '--data', server.data, ...(words.length > 0 ? words : printEnvironment)])

  async function setSecret(name: string, body: object): Promise<void> {
    const answer = await client.send({
      method: 'PUT',
      path: `/secrets/${name}?api-version=7.4`,
      host: `${made.vault}.vault.azure.net`,
      token: operator,
      body: JSON.stringify(body),
    })
    assert.equal(answer.status, 200, answer.text)
  }

  async function patchApp(secrets: readonly object[], env: readonly object[]): Promise<void> {
    const containers = [{ name: 'main', image: 'docker.io/library/hello:1', env }]
    await manage('PATCH', appPath(), { properties: { configuration: { secrets }, template: { containers } } })
  }

  /** A call to the resource manager that must succeed; gives the answer's document. */
  async function manage(method: string, path: string, body?: object): Promise<ReturnType<typeof JSON.parse>> {
    const answer = await client.send({
      method,
      path: `${path}?api-version=2026-02-01`,
      host: management,
      token: manager,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.text}`)
    return answer.text === '' ? undefined : JSON.parse(answer.text)
  }

  /** The app's environment as the command sees it, without what the session and this process bring. */
  function variablesIn(ran: EndedProcess, ...names: readonly string[]): Record<string, string | undefined> {
    assert.equal(ran.end, 0, ran.stderr)
    const environment: Record<string, string> = JSON.parse(ran.stdout.toString())
    return Object.fromEntries(names.map((name) => [name, environment[name]]))
  }

  test('is not told by its app which code to load, unless by name', async () => {
    const foreign = '--import=data:text/javascript,console.log(42)'
    await patchApp([], [{ name: 'NODE_OPTIONS', value: foreign }])
    const program = ['--', process.execPath, '-e', 'console.log("own")']
    const refused = await run(...program)
    assert.deepEqual({ end: refused.end, stdout: refused.stdout.toString() }, { end: 0, stdout: 'own\n' })
    assert.match(refused.stderr, /not taken from the app's variables: NODE_OPTIONS/)
    const taken = await run('--allow-variable', 'NODE_OPTIONS', ...program)
    assert.deepEqual({ end: taken.end, stdout: taken.stdout.toString() }, { end: 0, stdout: '42\nown\n' })
  })

  test('gets inline values beside plain ones, and what the platform tells every container', async () => {
    await patchApp(
      [{ name: 'inline', value: inlineValue }],
      [
        { name: 'PLAIN', value: '1' },
        { name: 'TWICE', value: 'plain' },
        { name: 'INLINE', secretRef: 'inline' },
        { name: 'TWICE', secretRef: 'inline' },
      ],
    )
    const ran = await run()
    assert.deepEqual(variablesIn(ran, 'PLAIN', 'INLINE', 'TWICE', 'CONTAINER_APP_NAME'), {
      PLAIN: '1',
      INLINE: inlineValue,
      TWICE: inlineValue,
      CONTAINER_APP_NAME: made.app,
    })
    const platform = variablesIn(ran, 'CONTAINER_APP_REVISION', 'CONTAINER_APP_ENV_DNS_SUFFIX')
    assert.match(platform['CONTAINER_APP_REVISION'] ?? '', /^secret-app--[a-z0-9]{7}$/)
    assert.match(platform['CONTAINER_APP_ENV_DNS_SUFFIX'] ?? '', /\.westeurope\.azurecontainerapps\.dev$/)
    assert.ok(!ran.stderr.includes('inline "value"'))
  })

  test('is not started without the role that a reference needs; the sentence names action and scope', async () => {
    await patchApp(
      [
        { name: 'inline' },
        { name: 'db', keyVaultUrl: secretUrl('db-pass'), identity: 'system' },
        { name: 'absent', keyVaultUrl: secretUrl('no-such'), identity: 'system' },
      ],
      [
        { name: 'DB', secretRef: 'db' },
        { name: 'INLINE', secretRef: 'inline' },
        { name: 'ABSENT', secretRef: 'absent' },
      ],
    )
    const ran = await run('--', 'sh', '-c', 'echo started')
    assert.equal(ran.end, 1)
    assert.equal(ran.stdout.toString(), '')
    const scope = `${made.vaultId.toLowerCase()}/secrets`
    const sentence = (name: string, secret: string) =>
      `Unable to get value using Managed identity system for secret ${name}: it is not allowed the action 'Microsoft.KeyVault/vaults/secrets/getSecret/action' at the scope '${scope}/${secret}'.`
    assert.ok(ran.stderr.includes(sentence('db', 'db-pass')), ran.stderr)
    assert.ok(ran.stderr.includes(sentence('absent', 'no-such')), ran.stderr)
    assert.ok(!ran.stderr.includes(inlineValue))
  })

  test('gets the values of references once the role is there, recorded as reads of that identity', async () => {
    await assignRole(server, made.principalId, 'Key Vault Secrets User', made.vaultId)
    await patchApp(
      [{ name: 'db', keyVaultUrl: secretUrl('db-pass'), identity: 'System' }],
      [{ name: 'DB', secretRef: 'db' }],
    )
    assert.deepEqual(variablesIn(await run(), 'DB'), { DB: vaultValue })
    await setSecret('db-pass', { value: 'newer' })
    assert.deepEqual(variablesIn(await run(), 'DB'), { DB: 'newer' })
    const records = (await auditRecords(server)).filter(({ operationName }) => operationName === 'SecretGet')
    const texts = records.map((record) => JSON.stringify(record))
    assert.equal(texts.filter((text) => text.includes('"httpStatusCode":200')).length, 2)
    for (const text of texts) {
      assert.ok(text.includes(made.principalId), text)
      assert.ok(!text.includes(vaultValue) && !text.includes('newer'))
    }
  })

  test('is not started with a secret that is disabled, absent, or in no vault of this server', async () => {
    await setSecret('off', { value: 'x', attributes: { enabled: false } })
    const identity = 'system'
    await patchApp(
      [
        { name: 'off', keyVaultUrl: secretUrl('off'), identity },
        { name: 'absent', keyVaultUrl: secretUrl('no-such'), identity },
        { name: 'elsewhere', keyVaultUrl: 'https://no-such-vault.vault.azure.net/secrets/x', identity },
      ],
      [
        { name: 'OFF', secretRef: 'off' },
        { name: 'ABSENT', secretRef: 'absent' },
        { name: 'ELSEWHERE', secretRef: 'elsewhere' },
      ],
    )
    const { end, stderr } = await run()
    assert.equal(end, 1)
    for (const why of [
      "for secret off: secret 'off' in key vault 'kv-runsecrets' is disabled.",
      "for secret absent: there is no secret 'no-such' in key vault 'kv-runsecrets'.",
      "for secret elsewhere: there is no key vault 'no-such-vault.vault.azure.net' here.",
    ]) {
      assert.ok(stderr.includes(why), `${why}\n${stderr}`)
    }
  })

  test('reads through a user-assigned identity, and says so when that is gone', async () => {
    const identity = await manage(
      'PUT',
      `${groupPath()}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1`,
      {
        location: 'westeurope',
      },
    )
    await assignRole(server, identity.properties.principalId, 'Key Vault Secrets User', made.vaultId)
    await manage('PATCH', appPath(), {
      identity: { type: 'SystemAssigned, UserAssigned', userAssignedIdentities: { [identity.id]: {} } },
    })
    await patchApp(
      [{ name: 'db', keyVaultUrl: secretUrl('db-pass'), identity: identity.id }],
      [{ name: 'DB', secretRef: 'db' }],
    )
    assert.deepEqual(variablesIn(await run(), 'DB'), { DB: 'newer' })
    const last = (await auditRecords(server)).findLast(({ operationName }) => operationName === 'SecretGet')
    assert.ok(JSON.stringify(last).includes(identity.properties.principalId))
    await manage('DELETE', identity.id)
    const { end, stderr } = await run()
    assert.equal(end, 1)
    const why = `Unable to get value using Managed identity ${identity.id} for secret db: the identity is not assigned to the app, or does not exist.`
    assert.ok(stderr.includes(why), stderr)
  })

  test('is a trusted service to a firewall that lets those bypass it, and nobody to one that does not', async () => {
    await patchApp(
      [{ name: 'db', keyVaultUrl: secretUrl('db-pass'), identity: 'system' }],
      [{ name: 'DB', secretRef: 'db' }],
    )
    await manage('PATCH', made.vaultId, { properties: { networkAcls: { defaultAction: 'Deny', bypass: 'None' } } })
    const refused = await run()
    assert.equal(refused.end, 1)
    const why = "the firewall of key vault 'kv-runsecrets' does not admit the address 127.0.0.1"
    assert.ok(refused.stderr.includes(why), refused.stderr)
    await manage('PATCH', made.vaultId, {
      properties: { networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' } },
    })
    assert.deepEqual(variablesIn(await run(), 'DB'), { DB: 'newer' })
    await manage('PATCH', made.vaultId, { properties: { networkAcls: { defaultAction: 'Allow' } } })
  })

  test('session start prints plain variables only, and names the others', async () => {
    await patchApp(
      [{ name: 'inline', value: inlineValue }],
      [
        { name: 'PLAIN', value: '1' },
        { name: 'INLINE', secretRef: 'inline' },
      ],
    )
    const ran = await runStrongroom(['session', 'start', '--app', made.app, '--data', server.data])
    assert.equal(ran.end, 0, ran.stderr)
    const file = ran.stdout.toString()
    assert.match(file, /^PLAIN=1$/m)
    assert.ok(!file.includes('INLINE') && !file.includes('inline "value"'))
    assert.ok(
      ran.stderr.includes('secret variables are for strongroom run alone, and are not in a file: INLINE'),
      ran.stderr,
    )
  })
})
