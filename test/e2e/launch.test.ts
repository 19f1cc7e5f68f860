import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { certificateToPem, createSelfSignedCertificate } from '#crypto/certificates.ts'
import { RunningServer } from '../support/running-server.ts'
import { type EndedProcess, runStrongroom, StrongroomProcess } from '../support/strongroom-process.ts'

const app = 'plain-app'
const group = 'rg-launch'
const deadProxy = 'http://caller:caller-password@127.0.0.1:9'

/** What an app's definition could try to take over. */
const appVariables = {
  KEY_VAULT_URL: 'https://kv-launch.vault.azure.net/',
  GREETING: 'hello, "world" = it\'s me',
  IDENTITY_ENDPOINT: 'http://127.0.0.1:9/msi/token',
  identity_header: 'of-the-app',
  HTTPS_PROXY: deadProxy,
  all_proxy: deadProxy,
  NODE_EXTRA_CA_CERTS: '/app/ca.pem',
  SSL_CERT_DIR: '/app/certs',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  STRONGROOM_DATA: '/app/data',
}

/** What a developer's own shell could bring along. */
const hostile = {
  AZURE_CLIENT_ID: 'stray-client-id',
  AZURE_CLIENT_SECRET: 'stray-client-secret',
  AZURE_TENANT_ID: 'stray-tenant',
  AZURE_FEDERATED_TOKEN_FILE: '/stray/token',
  AZURE_AUTHORITY_HOST: 'https://login.example',
  AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9',
  AZURE_CONFIG_DIR: '/stray/azure',
  AZURE_TOKEN_CREDENTIALS: 'dev',
  AZUREPS_HOST_ENVIRONMENT: 'stray',
  AZD_CONFIG_DIR: '/stray/azd',
  ACC_CLOUD: 'stray',
  ARM_CLIENT_ID: 'stray-arm',
  ARM_CLIENT_SECRET: 'stray-arm-secret',
  ARM_USE_MSI: 'true',
  APPSETTING_WEBSITE_SITE_NAME: 'stray',
  IDENTITY_ENDPOINT: 'http://127.0.0.1:9/stray',
  IDENTITY_HEADER: 'stray-header',
  IDENTITY_SERVER_THUMBPRINT: 'stray',
  IMDS_ENDPOINT: 'http://127.0.0.1:9',
  MSI_ENDPOINT: 'http://127.0.0.1:9/stray',
  MSI_SECRET: 'stray-msi-secret',
  MSAL_MANAGED_IDENTITY_ENDPOINT: 'http://127.0.0.1:9',
  azure_client_secret: 'stray-lower-case',
  HTTP_PROXY: deadProxy,
  HTTPS_PROXY: deadProxy,
  http_proxy: deadProxy,
  https_proxy: deadProxy,
  ALL_PROXY: deadProxy,
  all_proxy: deadProxy,
  NO_PROXY: '*',
  no_proxy: '*',
  npm_config_proxy: deadProxy,
  REQUESTS_CA_BUNDLE: '/stray/requests.pem',
  CURL_CA_BUNDLE: '/stray/curl.pem',
  SSL_CERT_FILE: '/stray/file.pem',
  SSL_CERT_DIR: '/stray/certs',
  GIT_SSL_CAINFO: '/stray/git.pem',
  NODE_TLS_REJECT_UNAUTHORIZED: '1',
  PLAIN_SETTING: 'kept',
}

/** Of the caller's variables, those that its session takes the place of; the others are gone. */
const taken = [
  'ACC_CLOUD',
  'AZD_CONFIG_DIR',
  'AZURE_CONFIG_DIR',
  'AZURE_TOKEN_CREDENTIALS',
  'AZUREPS_HOST_ENVIRONMENT',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'MSI_ENDPOINT',
  'MSI_SECRET',
  'NO_PROXY',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

const printEnvironment = ['--', process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.env))']

describe("a command's environment", () => {
  let server: RunningServer
  let extraRoots: string
  let extraRoot: string
  let environment: Readonly<Record<string, string | undefined>>

  before(async () => {
    server = await RunningServer.start()
    await server.command(['group', 'create', '-n', group, '-l', 'westeurope', '-o', 'none'])
    await server.command(['containerapp', 'env', 'create', '-n', 'env', '-g', group, '-o', 'none'])
    const variables = Object.entries(appVariables).map(([name, value]) => `${name}=${value}`)
    const own = ['-n', app, '-g', group, '-o', 'none']
    await server.command(['containerapp', 'create', ...own, '--environment', 'env', '--env-vars', ...variables])
    await server.command(['containerapp', 'identity', 'assign', ...own, '--system-assigned'])
    extraRoots = join(server.directory, 'extra.pem')
    extraRoot = selfSignedRoot()
    writeFileSync(extraRoots, extraRoot)
    const { PATH } = process.env
    environment = { PATH, HOME: server.directory, ...hostile, SSL_CERT_DIR: '', NODE_EXTRA_CA_CERTS: extraRoots }
  })
  after(async () => server?.remove())

  const runApp = (): Promise<EndedProcess> =>
    runStrongroom(['run', '--app', app, '--data', server.data, ...printEnvironment], { environment })
  const runShell = (): Promise<EndedProcess> =>
    runStrongroom(['shell', '--data', server.data, ...printEnvironment], { environment })

  test('of run is the session’s: nothing that was inherited leads elsewhere', async () => {
    const ran = await runApp()
    assert.equal(ran.end, 0, ran.stderr)
    const got: Record<string, string> = JSON.parse(ran.stdout.toString())
    for (const ofTheShell of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete got[ofTheShell]
    const { identityPort, proxyPort } = server.facts
    const session = /\/msi\/token\/([0-9a-f-]{36})$/.exec(got['IDENTITY_ENDPOINT'] ?? '')?.[1] ?? ''
    const folder = join(server.data, 'sessions', session)
    const { IDENTITY_HEADER: header = '', HTTPS_PROXY: proxy = '' } = got
    assert.match(header, /^[0-9a-f]{64}$/)
    assert.match(proxy, new RegExp(`^http://[0-9a-f-]{36}:[0-9a-f]{64}@127\\.0\\.0\\.1:${proxyPort}$`))
    const { CONTAINER_APP_REVISION: revision = '', CONTAINER_APP_ENV_DNS_SUFFIX: suffix = '' } = got
    assert.match(revision, new RegExp(`^${app}--[a-z0-9]{7}$`))
    assert.match(suffix, /^env-[0-9a-f]{10}\.westeurope\.azurecontainerapps\.dev$/)
    const endpoint = `http://127.0.0.1:${identityPort}/msi/token/${session}`
    const caFile = join(folder, 'ca.pem')
    assert.deepEqual(got, {
      PATH: process.env['PATH'],
      HOME: server.directory,
      PLAIN_SETTING: 'kept',
      KEY_VAULT_URL: appVariables.KEY_VAULT_URL,
      GREETING: appVariables.GREETING,
      CONTAINER_APP_NAME: app,
      CONTAINER_APP_REVISION: revision,
      CONTAINER_APP_ENV_DNS_SUFFIX: suffix,
      IDENTITY_ENDPOINT: endpoint,
      IDENTITY_HEADER: header,
      MSI_ENDPOINT: endpoint,
      MSI_SECRET: header,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: '127.0.0.1,::1',
      no_proxy: '127.0.0.1,::1',
      REQUESTS_CA_BUNDLE: caFile,
      CURL_CA_BUNDLE: caFile,
      SSL_CERT_FILE: caFile,
      NODE_EXTRA_CA_CERTS: caFile,
      GIT_SSL_CAINFO: caFile,
      AZURE_CONFIG_DIR: join(folder, 'azure'),
      AZD_CONFIG_DIR: join(folder, 'azd'),
      AZURE_TOKEN_CREDENTIALS: 'prod',
      STRONGROOM_DATA: server.data,
    })
  })

  test('is told on one line of stderr: names of what was replaced, never a value', async () => {
    const { stderr } = await runApp()
    const lines = stderr.trimEnd().split('\n')
    const names = Object.keys(hostile).filter((name) => name !== 'PLAIN_SETTING')
    assert.deepEqual(lines, [
      `strongroom: replaced in the command's environment: ${[...names, 'NODE_EXTRA_CA_CERTS'].sort().join(', ')}`,
      "strongroom: not taken from the app's variables: HTTPS_PROXY, IDENTITY_ENDPOINT, NODE_EXTRA_CA_CERTS, NODE_TLS_REJECT_UNAUTHORIZED, SSL_CERT_DIR, STRONGROOM_DATA, all_proxy, identity_header",
    ])
    for (const value of [...Object.values(hostile), ...Object.values(appVariables)]) {
      if (value.length > 4) assert.ok(!stderr.includes(value), `a value was printed: ${value}`)
    }
  })

  test('of shell is that of Azure Cloud Shell', async () => {
    const ran = await runShell()
    assert.equal(ran.end, 0, ran.stderr)
    const got: Record<string, string> = JSON.parse(ran.stdout.toString())
    assert.equal(got['ACC_CLOUD'], 'PROD')
    assert.equal(got['AZUREPS_HOST_ENVIRONMENT'], 'cloud-shell/1.0')
    assert.equal(got['KEY_VAULT_URL'], undefined)
    const left = Object.keys(hostile).filter((name) => got[name] !== undefined && name !== 'PLAIN_SETTING')
    assert.deepEqual(left.sort(), [...taken].sort())
    for (const [name, value] of Object.entries(hostile)) {
      if (name !== 'PLAIN_SETTING') assert.notEqual(got[name], value, `${name} was inherited`)
    }
  })

  test('has private folders: empty for run, az’s profile for shell, gone with the command', async () => {
    const list = 'find "$(dirname "$SSL_CERT_FILE")" -printf "%P %m %y\\n" | sort'
    const listed = async (...words: readonly string[]): Promise<string[]> => {
      const ran = await runStrongroom([...words, '--data', server.data, '--', 'sh', '-c', list], { environment })
      return ran.stdout.toString().trimEnd().split('\n')
    }
    assert.deepEqual(await listed('run', '--app', app), [' 700 d', 'azd 700 d', 'azure 700 d', 'ca.pem 600 f'])
    assert.deepEqual(await listed('shell'), [
      ' 700 d',
      'azd 700 d',
      'azure 700 d',
      'azure/azureProfile.json 600 f',
      'ca.pem 600 f',
    ])
    assert.deepEqual(readdirSync(join(server.data, 'sessions')), [])
  })

  test('names a CA file with the roots that the caller named, the system’s, and ours', async () => {
    const words = ['shell', '--data', server.data, '--', 'sh', '-c', 'cat "$REQUESTS_CA_BUNDLE"']
    const bundle = (await runStrongroom(words, { environment })).stdout.toString()
    const ours = readFileSync(server.facts.caFile, 'utf8').trim()
    assert.ok(bundle.includes(extraRoot), 'the root that NODE_EXTRA_CA_CERTS named is missing')
    assert.ok(bundle.endsWith(`${ours}\n`), 'our root is missing')
    assert.ok(bundle.split('BEGIN CERTIFICATE').length > 20, 'the roots of the system are missing')
    const named = { ...environment, REQUESTS_CA_BUNDLE: extraRoots, NODE_EXTRA_CA_CERTS: undefined }
    const replaced = (await runStrongroom(words, { environment: named })).stdout.toString()
    assert.equal(replaced, `${extraRoot}${ours}\n`)
  })

  test('of a command in a command is the inner session’s, and works', async () => {
    const print = join(import.meta.dirname, '..', 'support', 'print-token.ts')
    const inner = ['run', '--app', app, '--data', server.data, '--', process.execPath, print]
    const program = join(import.meta.dirname, '..', '..', 'strongroom')
    const ran = await runStrongroom(['shell', '--data', server.data, '--', program, ...inner], { environment })
    assert.equal(ran.end, 0, ran.stderr)
    const claims = claimsOf(ran.stdout.toString())
    const principal = await server.command([
      ...['containerapp', 'show', '-n', app, '-g', group],
      ...['--query', 'identity.principalId', '-o', 'tsv'],
    ])
    assert.deepEqual({ oid: claims['oid'], idtyp: claims['idtyp'] }, { oid: principal, idtyp: 'app' })
  })

  test('is closed to others: the control socket and the folders of sessions', async () => {
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
    const running = new StrongroomProcess(['shell', '--data', server.data, '--', 'sh', '-c', 'echo ready; cat'])
    await running.says('ready')
    const { controlSocket } = server.facts
    assert.deepEqual([mode(controlSocket), mode(dirname(controlSocket))], ['600', '700'])
    assert.equal(mode(join(server.data, 'sessions')), '700')
    running.child.stdin.end()
    await running.ended
    assert.equal(existsSync(controlSocket), true)
  })
})

function selfSignedRoot(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const notBefore = new Date()
  const notAfter = new Date(notBefore.getTime() + 86_400_000)
  return certificateToPem(createSelfSignedCertificate({ privateKey, commonName: 'Of the caller', notBefore, notAfter }))
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
