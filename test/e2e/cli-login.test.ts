import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { LyingServer } from '../support/lying-server.ts'
import { type Furnished, furnish, RunningServer, strongroom } from '../support/running-server.ts'
import { runStrongroom } from '../support/strongroom-process.ts'

const value = 'canary-value-of-the-sign-in-tests'

interface Ran {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

describe('login', () => {
  let server: RunningServer
  let made: Furnished
  let home: string
  let appId: string
  let password: string
  let passwordFile: string
  let tenant: string

  before(async () => {
    server = await RunningServer.start()
    home = mkdtempSync(join(tmpdir(), 'strongroom-login-'))
    made = await furnish(server, { vault: 'kv-login', app: 'app-login' })
    await server.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 's1', '--file', '/dev/stdin'],
      value,
    )
    const principal = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '--name', 'login-tests']))
    appId = principal.appId
    password = principal.password
    tenant = principal.tenant
    passwordFile = join(home, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    for (const [role, scope] of [
      ['Reader', `/subscriptions/${server.facts.subscriptionId}`],
      ['Key Vault Secrets User', made.vaultId],
    ] as const)
      await server.command(['role', 'assignment', 'create', '--role', role, '--assignee', appId, '--scope', scope])
  })
  after(async () => {
    rmSync(home, { recursive: true, force: true })
    await server?.remove()
  })
  beforeEach(() => rmSync(signInFile(), { force: true }))

  /** A command in a user's home of its own, which names no data directory unless the words do. */
  async function run(words: readonly string[], input?: string): Promise<Ran> {
    const { STRONGROOM_DATA: _, AZURE_CONFIG_DIR: __, ...rest } = process.env
    const environment = {
      ...rest,
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
    }
    const ran = await runStrongroom(words, { environment, ...(input === undefined ? {} : { input }) })
    return { code: ran.end, stdout: ran.stdout.toString('utf8'), stderr: ran.stderr }
  }

  function signInFile(): string {
    return join(home, 'config', 'strongroom', 'sign-in.json')
  }

  function asPrincipal(...more: readonly string[]): readonly string[] {
    const words = ['login', '--service-principal', '-u', appId, '-p', `@${passwordFile}`, '--tenant', tenant]
    return [...words, ...more]
  }

  function elsewhere(): readonly string[] {
    const { httpsPort, caFile } = server.facts
    return asPrincipal('--authority-host', `https://login.localhost:${httpsPort}`, '--ca-file', caFile)
  }

  test('sends no token to a host that the name of a vault smuggles in', async () => {
    await run(elsewhere())
    const smuggled = `login.localhost:${server.facts.httpsPort}/`
    assert.deepEqual(await run(['keyvault', 'secret', 'list', '--vault-name', smuggled]), {
      code: 1,
      stdout: '',
      stderr: `ERROR: The vault name '${smuggled}' is not valid: a vault's name has 3 to 24 letters, digits and single hyphens.\n`,
    })
  })

  describe('as a service principal, on the machine of the server', () => {
    test('gives the subscriptions, and later commands run as the principal until logout', async () => {
      const here = ['--data', server.data]
      const signedIn = await run([...asPrincipal(), ...here])
      assert.deepEqual([signedIn.code, signedIn.stderr], [0, ''])
      assert.deepEqual(JSON.parse(signedIn.stdout), [
        {
          cloudName: 'AzureCloud',
          homeTenantId: tenant,
          id: server.facts.subscriptionId,
          isDefault: true,
          managedByTenants: [],
          name: 'Strongroom',
          state: 'Enabled',
          tenantId: tenant,
          user: { name: appId, type: 'servicePrincipal' },
        },
      ])
      const shown = await run(['account', 'show', '--query', 'user', ...here])
      assert.deepEqual(JSON.parse(shown.stdout), { name: appId, type: 'servicePrincipal' })
      const read = await run([
        'keyvault',
        'secret',
        'show',
        '--vault-name',
        made.vault,
        '-n',
        's1',
        '--query',
        'value',
        ...here,
      ])
      assert.deepEqual([read.code, read.stdout], [0, `${JSON.stringify(value)}\n`])
      const refused = await run(['keyvault', 'secret', 'delete', '--vault-name', made.vault, '-n', 's1', ...here])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, new RegExp(`^ERROR: \\(Forbidden\\) [^]*appid=${appId};`, 'm'))
      assert.equal((await run(['logout', ...here])).code, 0)
      const operator = await run(['account', 'show', '--query', 'user.name', '-o', 'tsv', ...here])
      assert.equal(operator.stdout, 'operator@strongroom.local\n')
      assert.deepEqual(await run(['logout', ...here]), {
        code: 1,
        stdout: '',
        stderr: 'ERROR: There are no active accounts.\n',
      })
    })

    test('does not count for a server on another directory', async () => {
      await run([...asPrincipal(), '--data', server.data])
      const ran = await run(['account', 'show', '--data', join(home, 'elsewhere')])
      assert.equal(ran.code, 2)
      assert.match(ran.stderr, /^ERROR: No server is running on /)
    })
  })

  describe('to a server elsewhere, by its authority host', () => {
    test('needs no data directory, and reads values from the own names of vaults', async () => {
      const signedIn = await run(elsewhere())
      assert.deepEqual([signedIn.code, signedIn.stderr], [0, ''])
      const show = ['keyvault', 'secret', 'show', '--vault-name', made.vault, '-n', 's1', '-o', 'tsv']
      assert.deepEqual(await run([...show, '--query', 'value']), { code: 0, stdout: `${value}\n`, stderr: '' })
      const id = await run([...show, '--query', 'id'])
      assert.match(
        id.stdout,
        new RegExp(`^https://${made.vault}\\.vault\\.localhost:${server.facts.httpsPort}/secrets/s1/`),
      )
      const listed = await run([
        'role',
        'assignment',
        'list',
        '--all',
        '--assignee',
        appId,
        '--query',
        '[].roleDefinitionName',
        '-o',
        'tsv',
      ])
      assert.deepEqual(listed.stdout.trim().split('\n').sort(), ['Key Vault Secrets User', 'Reader'])
      const named = await run(['account', 'show', '--query', 'user.name', '-o', 'tsv', '--data', server.data])
      assert.equal(named.stdout, 'operator@strongroom.local\n', 'a named directory is asked as its operator')
    })

    test('is refused without its certificate authority, and for what is no authority host', async () => {
      const { httpsPort } = server.facts
      const untrusted = await run(asPrincipal('--authority-host', `https://login.localhost:${httpsPort}`))
      assert.equal(untrusted.code, 2)
      assert.match(untrusted.stderr, /^ERROR: The server does not answer: .*certificate/)
      for (const address of ['http://login.localhost', 'https://vault.localhost', 'login.localhost']) {
        const ran = await run(asPrincipal('--authority-host', address))
        assert.deepEqual([ran.code, ran.stdout], [2, ''])
        assert.match(ran.stderr, /^ERROR: --authority-host takes an https address/)
      }
    })
  })

  describe('to a server elsewhere whose metadata names other hosts', () => {
    for (const [what, names] of [
      ['login', { authentication: { loginEndpoint: 'https://login.evil.localhost:PORT' } }],
      ['graph', { graph: 'https://graph.evil.localhost:PORT' }],
      ['vault', { suffixes: { keyVaultDns: 'vault.evil.localhost:PORT' } }],
    ] as const) {
      test(`sends no secret when that is ${what}`, async () => {
        const liar = await LyingServer.start(names)
        try {
          const caFile = join(home, 'liar.pem')
          writeFileSync(caFile, liar.certificate)
          const domain = `localhost:${liar.port}`
          const ran = await run(asPrincipal('--authority-host', `https://login.${domain}`, '--ca-file', caFile))
          assert.deepEqual(ran, {
            code: 1,
            stdout: '',
            stderr: `ERROR: The server at management.${domain} says that its ${what} is at '${what}.evil.${domain}', not at '${what}.${domain}'. No secret was sent.\n`,
          })
          assert.deepEqual(liar.asked, [`management.${domain} GET /metadata/endpoints?api-version=2022-09-01`])
          assert.throws(() => statSync(signInFile()))
        } finally {
          liar.stop()
        }
      })
    }
  })

  describe('what it keeps', () => {
    test('is a file for its user alone, with tokens and without the client secret', async () => {
      await run(elsewhere())
      assert.equal(statSync(signInFile()).mode & 0o777, 0o600)
      assert.equal(statSync(join(home, 'config', 'strongroom')).mode & 0o777, 0o700)
      const text = readFileSync(signInFile(), 'utf8')
      assert.ok(!text.includes(password))
      assert.deepEqual(Object.keys(JSON.parse(text).tokens), [
        'https://management.core.windows.net/',
        'https://graph.microsoft.com',
        'https://vault.azure.net',
      ])
    })

    test('ends with the tokens', async () => {
      await run(elsewhere())
      const signIn = JSON.parse(readFileSync(signInFile(), 'utf8'))
      for (const token of Object.values<{ expiresOnEpochSeconds: number }>(signIn.tokens))
        token.expiresOnEpochSeconds = 1
      writeFileSync(signInFile(), JSON.stringify(signIn))
      assert.deepEqual(await run(['group', 'list']), {
        code: 1,
        stdout: '',
        stderr: "ERROR: The sign-in has expired. Sign in again with 'strongroom login'.\n",
      })
      assert.equal((await run(['account', 'show'])).code, 0)
    })

    test('is nothing after a refusal, whose words hold no secret', async () => {
      const wrong = 'a-wrong-client-secret'
      const ran = await run(
        ['login', '--service-principal', '-u', appId, '-p', '@-', '--tenant', tenant, '--debug', '--data', server.data],
        wrong,
      )
      assert.equal(ran.code, 1)
      assert.match(ran.stderr, /^ERROR: \(invalid_client\) AADSTS7000215/)
      assert.ok(!(ran.stdout + ran.stderr).includes(wrong))
      assert.throws(() => statSync(signInFile()))
    })
  })

  test('neither --verbose nor --debug shows a secret, a token or a value', async () => {
    const here = ['--data', server.data, '--debug']
    const ran = [
      await run([...asPrincipal(), ...here]),
      await run(['keyvault', 'secret', 'show', '--vault-name', made.vault, '-n', 's1', '-o', 'none', ...here]),
      await run(
        ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 's1', '--file', '/dev/stdin', ...here],
        value,
      ),
    ]
    assert.deepEqual(
      ran.map(({ code }) => code),
      [0, 0, 1],
    )
    assert.match(
      ran[1]?.stderr ?? '',
      /^INFO: GET https:\/\/kv-login\.vault\.azure\.net\/secrets\/s1\/\?api-version=7\.4 200$/m,
    )
    const said = ran.map(({ stdout, stderr }) => stdout + stderr).join('')
    for (const secret of [password, value, ...tokensOf(signInFile())]) assert.ok(!said.includes(secret))
  })

  test('as the managed identity of an app, within strongroom run', async () => {
    const inside = ['run', '--app', made.app, '--data', server.data, '--']
    const script = [
      `'${strongroom}' login --identity --allow-no-subscriptions -o none`,
      `'${strongroom}' account show --query '[user.name, user.assignedIdentityInfo, name]' -o tsv`,
      `'${strongroom}' account get-access-token --resource https://vault.azure.net --query tokenType -o tsv`,
      'ls -l "$AZURE_CONFIG_DIR/strongroom/sign-in.json" | cut -c1-10',
    ].join(' && ')
    const ran = await run([...inside, 'sh', '-c', `${script} || true`])
    assert.match(
      ran.stdout,
      /^systemAssignedIdentity\nMSI\nN\/A\(tenant level account\)\nBearer\n-rw-------\n$/,
      ran.stderr,
    )
    assert.throws(() => statSync(signInFile()), 'nothing is left in the home of the user')
  })

  test('names what it takes when it is told nothing', async () => {
    const ran = await run(['login'])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, /^ERROR: Sign in with --service-principal, or with --identity\./)
  })
})

function tokensOf(file: string): readonly string[] {
  const { tokens } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.values<{ text: string }>(tokens).map(({ text }) => text)
}
