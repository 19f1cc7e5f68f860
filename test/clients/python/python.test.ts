import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findPython } from '../../support/python.ts'
import { assignRole, checkout, type Furnished, furnish, RunningServer } from '../../support/running-server.ts'

const here = join(checkout, 'test', 'clients', 'python')
const { python, skip } = await findPython(join(here, 'requirements.txt'))

describe('the programs of the walkthroughs, with the newest Azure SDK for Python', { skip }, () => {
  let server: RunningServer
  let made: Furnished
  const apiBaseUrl = 'https://example.internal'
  const demoApiKey = 'demo-api-key-value-Ω-7f'

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-python', app: 'python-app' })
    await server.command(
      [
        'keyvault',
        'secret',
        'set',
        '--vault-name',
        made.vault,
        '-n',
        'api-base-url',
        '--file',
        '/dev/stdin',
        '-o',
        'none',
      ],
      apiBaseUrl,
    )
    await server.command(
      [
        'keyvault',
        'secret',
        'set',
        '--vault-name',
        made.vault,
        '-n',
        'demo-api-key',
        '--file',
        '/dev/stdin',
        '-o',
        'none',
      ],
      demoApiKey,
    )
  })
  after(async () => server?.remove())

  test('the fixtures are the published bytes', () => {
    const digest = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(join(here, name)))
        .digest('hex')
    assert.equal(digest('seed-000.py'), 'ab070ef459fb7598e939ba766ab81294101c4fd3add4d6b5e6df900564b9d2e2')
    assert.equal(digest('seed-002-snippet.txt'), '17c78e9a968176a0f0f59846db0ebea79d1f52faaf3ade241866841c06521f01')
  })

  test('without a role the program ends with 1 and ForbiddenByRbac on stderr', async () => {
    const ran = await server.try(['run', '--app', made.app, '--', python, join(here, 'seed-000.py')])
    assert.equal(ran.code, 1)
    assert.equal(ran.stdout, '')
    assert.match(ran.stderr, /ForbiddenByRbac/)
    assert.match(ran.stderr, /Microsoft\.KeyVault\/vaults\/secrets\/getSecret\/action/)
  })

  test('with the role the first walkthrough prints its value', async () => {
    await assignRole(server, made.principalId, 'Key Vault Secrets User', made.vaultId)
    const ran = await server.try(['run', '--app', made.app, '--', python, join(here, 'seed-000.py')])
    assert.deepEqual({ code: ran.code, stdout: ran.stdout }, { code: 0, stdout: `${apiBaseUrl}\n` })
  })

  test('the second walkthrough prints its value', async () => {
    const ran = await server.try(['run', '--app', made.app, '--', python, join(here, 'run-snippet.py')])
    assert.deepEqual({ code: ran.code, stdout: ran.stdout }, { code: 0, stdout: `${demoApiKey}\n` })
  })

  test('no stored secret is in the environment of the program', async () => {
    const ran = await server.try(['run', '--app', made.app, '--', 'env'])
    assert.equal(ran.code, 0)
    assert.ok(!ran.stdout.includes(apiBaseUrl) && !ran.stdout.includes(demoApiKey))
    assert.match(ran.stdout, new RegExp(`^KEY_VAULT_URL=https://${made.vault}\\.vault\\.azure\\.net/$`, 'm'))
  })

  test('an own name works with challenge verification on', async () => {
    const program = [
      'import sys',
      'from azure.identity import DefaultAzureCredential',
      'from azure.keyvault.secrets import SecretClient',
      'print(SecretClient(vault_url=sys.argv[1], credential=DefaultAzureCredential()).get_secret("api-base-url").value)',
    ].join('\n')
    const ran = await server.try([
      'run',
      '--app',
      made.app,
      '--',
      python,
      '-c',
      program,
      `https://${made.vault}.vault.localhost:${server.facts.httpsPort}`,
    ])
    assert.deepEqual(
      { code: ran.code, stdout: ran.stdout, stderr: ran.code === 0 ? '' : ran.stderr },
      { code: 0, stdout: `${apiBaseUrl}\n`, stderr: '' },
    )
  })
})
