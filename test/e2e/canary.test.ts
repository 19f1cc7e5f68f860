import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { canaryForms, filesBelow, searchBytes } from '../support/canary.ts'
import { askIdentity, askProxy, LiveSession, tellGiven } from '../support/live-session.ts'
import { createDatabase, postgresMissing, startPostgres } from '../support/postgres.ts'
import { appToken, operatorToken, RawClient, type RawRequest } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'
import { runStrongroom, Surroundings } from '../support/strongroom-process.ts'

const management = 'management.azure.com'
const login = 'login.microsoftonline.com'

/** Characters that JSON escapes stand between two halves that no other text has. */
function makeCanary(): string {
  return `${randomBytes(12).toString('hex')}"\\\nΩ/${randomBytes(12).toString('hex')}`
}

describe('the search', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('finds one planted control per form, and nothing where nothing is', () => {
    const canary = makeCanary()
    for (const { form, needle } of canaryForms(canary)) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(join(folder, 'below'), { recursive: true })
      const around = [randomBytes(1000), needle, randomBytes(1000)]
      writeFileSync(join(folder, 'below', 'control'), Buffer.concat(around))
      const found = searchBytes(filesBelow(folder), { canary }).map((finding) => finding.form)
      assert.ok(found.includes(form), `${form} was not found`)
      writeFileSync(join(folder, 'below', 'control'), Buffer.concat([around[0] ?? needle, around[2] ?? needle]))
      assert.deepEqual(searchBytes(filesBelow(folder), { canary }), [])
    }
  })

  test('finds a text in base64 wherever it begins, and in compressed files', () => {
    const canary = makeCanary()
    for (const encoding of ['base64', 'base64url'] as const) {
      for (let before = 0; before < 7; before++) {
        const text = Buffer.from(`${'x'.repeat(before)}${canary}and more`).toString(encoding)
        assert.notDeepEqual(searchBytes([['text', Buffer.from(text)]], { canary }), [], `${encoding} after ${before}`)
      }
    }
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    writeFileSync(join(folder, 'compressed'), zstdCompressSync(Buffer.from(`text ${canary} text`)))
    const places = searchBytes(filesBelow(folder), { canary }).map(({ place }) => place)
    assert.ok(places.includes(`${join(folder, 'compressed')}, opened`))
  })
})

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(`a full run on ${engine}`, { skip: engine === 'postgres' ? postgresMissing() : false }, () => {
    const canaries: Record<string, string> = {}
    /** What left the server besides the answers that are meant to carry a value. */
    const answers: (readonly [string, Buffer])[] = []
    let scratch: string
    let around: Surroundings
    let server: RunningServer
    let made: Furnished
    let databaseFolder: string | undefined

    before(async () => {
      scratch = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
      around = new Surroundings(scratch)
      const passphraseFile = join(scratch, 'passphrase')
      canaries['passphrase'] = randomBytes(24).toString('hex')
      mkdirSync(scratch, { recursive: true })
      writeFileSync(passphraseFile, `${canaries['passphrase']}\n`, { mode: 0o600 })
      server = new RunningServer({
        flags: [...(await databaseFlags()), '--passphrase-file', passphraseFile],
        environment: around.environment,
      })
      if (engine === 'postgres') await server.command(['migrate', ...(await databaseFlags()), '-o', 'none'])
      await server.start()
      made = await furnish(server, { vault: 'kv-canary', app: 'canary-app' })
    })
    after(async () => {
      await server?.remove()
      rmSync(scratch, { recursive: true, force: true })
    })

    let flags: readonly string[] | undefined
    async function databaseFlags(): Promise<readonly string[]> {
      if (engine === 'sqlite') return []
      if (flags !== undefined) return flags
      const urlFile = join(scratch, 'database-url')
      const url = await createDatabase()
      writeFileSync(urlFile, url, { mode: 0o600 })
      const postgres = await startPostgres()
      // With every statement and every parameter in its log, only what is sealed may pass through it.
      const name = new URL(url).pathname.slice(1)
      await postgres.administer(`ALTER DATABASE ${name} SET log_statement = 'all'`)
      const [row] = await postgres.administer('SHOW data_directory')
      databaseFolder = String(row?.['data_directory'])
      flags = ['--database-url-file', urlFile]
      return flags
    }

    function assertNowhere(when: string): void {
      const folders = [server.data, around.home, around.temporary, join(scratch, 'export')]
      const files = filesBelow(...folders, ...(databaseFolder === undefined ? [] : [databaseFolder]))
      const found = searchBytes(files, canaries)
      assert.deepEqual(found, [], when)
      assert.deepEqual(searchBytes([['server log', Buffer.from(server.log)]], canaries), [], when)
      if (databaseFolder !== undefined)
        assert.deepEqual(searchBytes([['database log', readFileSync(databaseLog(databaseFolder))]], canaries), [], when)
      assert.deepEqual(searchBytes(answers, canaries), [], when)
    }

    test('plants values, credentials and tokens, in what succeeds and in what fails', async () => {
      const client = new RawClient(server.facts.httpsPort)
      const vault = `${made.vault}.vault.azure.net`
      const operator = await operatorToken(server)
      const manager = await operatorToken(server, 'https://management.azure.com')
      const workload = await appToken(server, made.app)
      canaries['operator token'] = signatureOf(operator)
      canaries['workload token'] = signatureOf(workload)

      /** Sends a request whose answer carries no value, and keeps that answer for the search. */
      const refuse = async (status: number, asked: RawRequest): Promise<void> => {
        const answer = await client.send(asked)
        assert.equal(answer.status, status, `${asked.method} ${asked.path}: ${answer.text}`)
        answers.push([`${asked.method} ${asked.path}`, Buffer.from(JSON.stringify(answer.headers) + answer.text)])
      }
      const put = (value: unknown, more: Partial<RawRequest> = {}): RawRequest => ({
        method: 'PUT',
        path: '/secrets/planted?api-version=7.4',
        host: vault,
        token: operator,
        body: JSON.stringify(value),
        ...more,
      })

      const value = makeCanary()
      canaries['value'] = value
      const first = await client.send(put({ value }))
      assert.equal(first.status, 200, first.text)
      const id = new URL(String(JSON.parse(first.text).id)).pathname
      canaries['value over the command line'] = makeCanary()
      await server.command(
        [
          ...['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'planted', '--file', '/dev/stdin'],
          ...['-o', 'none'],
        ],
        canaries['value over the command line'],
      )

      // Denied, then allowed.
      await refuse(403, { path: '/secrets/planted?api-version=7.4', host: vault, token: workload })
      await assignRole(server, made.principalId, 'Key Vault Secrets User', made.vaultId)
      for (const path of ['/secrets/planted', id, `${id}/`]) {
        const read = await client.send({ path: `${path}?api-version=7.4`, host: vault, token: workload })
        assert.equal(read.status, 200, read.text)
      }
      // Lists, metadata and their changes show no value.
      await refuse(200, { path: '/secrets?api-version=7.4', host: vault, token: operator })
      await refuse(200, { path: '/secrets/planted/versions?api-version=7.4', host: vault, token: operator })
      const disable = { method: 'PATCH', body: JSON.stringify({ attributes: { enabled: false } }) }
      await refuse(200, { ...put({}), ...disable, path: `${id}?api-version=7.4` })
      await refuse(403, { path: `${id}?api-version=7.4`, host: vault, token: workload })

      // Values in what is refused.
      canaries['refused value'] = makeCanary()
      const refused = { value: canaries['refused value'] }
      await refuse(401, put(refused, { token: 'not-a-token' }))
      await refuse(403, put(refused, { token: workload }))
      await refuse(400, put(refused, { path: '/secrets/bad_name!?api-version=7.4' }))
      await refuse(400, put(refused, { path: '/secrets/planted?api-version=newest' }))
      await refuse(400, put(undefined, { body: JSON.stringify(refused).slice(0, -1) }))
      await refuse(400, put({ value: refused }))
      await refuse(400, put({ ...refused, attributes: { enabled: canaries['refused value'] } }))
      await refuse(400, put({ value: canaries['refused value'].padEnd(25_601, 'x') }))
      await refuse(413, put({ value: canaries['refused value'].padEnd(300_000, 'x') }))
      await refuse(405, put(refused, { method: 'POST' }))
      await refuse(401, put(refused, { host: 'no-such-vault.vault.azure.net', token: 'x' }))
      await refuse(404, put(refused, { host: 'no-such-vault.vault.azure.net' }))
      await refuse(400, {
        ...put({ properties: { configuration: { secrets: [{ name: 's', value: refused.value }] } } }),
        path: `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${made.group}/providers/Microsoft.App/containerApps/other?api-version=2024-03-01`,
        host: management,
        token: manager,
      })

      // Inline secrets of an app: in what succeeds, in what fails, in the environment of a command.
      canaries['app secret'] = makeCanary()
      canaries['refused app secret'] = makeCanary()
      const appRequest = (value: string, secretRef: string): RawRequest => ({
        method: 'PATCH',
        path: `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${made.group}/providers/Microsoft.App/containerApps/${made.app}?api-version=2024-03-01`,
        host: management,
        token: manager,
        body: JSON.stringify({
          properties: {
            configuration: { secrets: [{ name: 's', value }] },
            template: { containers: [{ name: 'main', image: 'hello:1', env: [{ name: 'SECRET', secretRef }] }] },
          },
        }),
      })
      await refuse(200, appRequest(canaries['app secret'], 's'))
      await refuse(400, appRequest(canaries['refused app secret'], 'absent'))
      const compare = 'process.exit(process.env.SECRET === require("fs").readFileSync(0, "utf8") ? 0 : 1)'
      const comparing = ['run', '--app', made.app, '--', process.execPath, '-e', compare]
      await server.command(comparing, canaries['app secret'])

      // The keys of a workspace.
      const workspace = `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${made.group}/providers/Microsoft.OperationalInsights/workspaces/canary-logs`
      const toWorkspace = { host: management, token: manager, body: JSON.stringify({ location: 'westeurope' }) }
      await refuse(201, { ...toWorkspace, method: 'PUT', path: `${workspace}?api-version=2020-08-01` })
      const keys = await client.send({
        ...toWorkspace,
        method: 'POST',
        path: `${workspace}/sharedKeys?api-version=2020-08-01`,
      })
      assert.equal(keys.status, 200, keys.text)
      canaries['workspace key'] = String(JSON.parse(keys.text).primarySharedKey)

      // Where a careless client puts a secret: in a query, in a header.
      canaries['query'] = randomBytes(24).toString('hex')
      await refuse(200, {
        path: `/secrets?api-version=7.4&token=${canaries['query']}`,
        host: vault,
        token: operator,
      })
      await refuse(401, { path: `/secrets?api-version=7.4&sig=${canaries['query']}`, host: vault })

      // Tokens that are none.
      canaries['broken token'] = randomBytes(48).toString('base64url')
      const [header = '', payload = ''] = operator.split('.')
      const forged = `${header}.${payload}.${canaries['broken token']}`
      for (const token of [canaries['broken token'], forged, `${forged}.${canaries['broken token']}`]) {
        await refuse(401, { path: '/secrets/planted?api-version=7.4', host: vault, token })
        await refuse(401, { path: '/subscriptions?api-version=2022-12-01', host: management, token })
      }

      // Client secrets: the right one and a wrong one.
      const application = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '-n', 'canary']))
      canaries['client secret'] = String(application.password)
      canaries['wrong client secret'] = randomBytes(24).toString('base64url')
      const signIn = (secret: string): RawRequest => ({
        method: 'POST',
        path: `/${server.facts.tenantId}/oauth2/v2.0/token`,
        host: login,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: application.appId,
          client_secret: secret,
          scope: 'https://vault.azure.net/.default',
        }).toString(),
      })
      const signedIn = await client.send(signIn(application.password))
      assert.equal(signedIn.status, 200, signedIn.text)
      canaries['application token'] = signatureOf(String(JSON.parse(signedIn.text).access_token))
      await refuse(401, signIn(canaries['wrong client secret']))
      client.close()
    })

    test('plants the credentials of sessions', async () => {
      const live = await LiveSession.start(['shell', '--data', server.data], { environment: around.environment })
      canaries['identity header'] = live.given.identityHeader
      canaries['proxy password'] = new URL(live.given.proxyUrl).password
      assert.equal((await askIdentity(live.given)).status, 200)
      canaries['wrong identity header'] = randomBytes(32).toString('hex')
      const wrong = await askIdentity({ ...live.given, identityHeader: canaries['wrong identity header'] })
      assert.equal(wrong.status, 401)
      answers.push(['identity', Buffer.from(wrong.text)])
      const port = new URL(live.given.proxyUrl).port
      canaries['wrong proxy password'] = randomBytes(32).toString('hex')
      const wrongUrl = `http://nobody:${canaries['wrong proxy password']}@127.0.0.1:${port}`
      const stranger = await askProxy({ ...live.given, proxyUrl: wrongUrl }, { url: 'http://far.invalid/' })
      assert.equal(stranger.status, 407)
      answers.push(['proxy', Buffer.from(stranger.text)])
      assertNowhere('while a session lives')
      await live.end()

      // A command that writes what it knows into its private folder takes it along.
      const script = `${tellGiven} >"$AZURE_CONFIG_DIR/told"; "$0" keyvault secret show --vault-name ${made.vault} -n planted >"$AZD_CONFIG_DIR/told"`
      const program = join(import.meta.dirname, '..', '..', 'strongroom')
      const ran = await runStrongroom(['shell', '--data', server.data, '--', 'sh', '-c', script, program], {
        environment: around.environment,
      })
      assert.equal(ran.end, 0, ran.stderr)
    })

    test('none of it is anywhere: database, log, audit, export, temporary folders, refusals', async () => {
      const tail = await server.command(['audit', 'tail', ...(await databaseFlags()), '-o', 'json'])
      assert.ok(tail.includes('SecretSet') && tail.includes('TokenIssue'), 'the log is not what was looked for')
      answers.push(['audit tail', Buffer.from(tail)])
      await server.command(['audit', 'export', join(scratch, 'export'), ...(await databaseFlags()), '-o', 'none'])
      answers.push(['status', Buffer.from(await server.command(['session', 'list']))])
      const count = [...filesBelow(server.data, join(scratch, 'export'))].length
      assert.ok(count > 5, `only ${count} files were searched`)
      if (databaseFolder !== undefined)
        assert.match(readFileSync(databaseLog(databaseFolder), 'utf8'), /insert into "secret_version"[\s\S]*\$1 = /i)
      assertNowhere('while the server runs')
    })

    test('nor after a kill, a start that recovers, and a stop', async () => {
      await server.end('SIGKILL')
      assertNowhere('after the kill')
      await server.start()
      const shown = await server.command([
        ...['keyvault', 'secret', 'show', '--vault-name', made.vault, '-n', 'planted', '-o', 'json'],
      ])
      assert.equal(JSON.parse(shown).value, canaries['value over the command line'])
      assert.equal(await server.end(), 0)
      assertNowhere('after the stop')
    })
  })
}

function databaseLog(dataDirectory: string): string {
  return join(dirname(dataDirectory), 'server.log')
}

/** The part of a token that nothing else has. */
function signatureOf(token: string): string {
  const [, , signature = ''] = token.split('.')
  assert.ok(signature.length > 300)
  return signature
}
