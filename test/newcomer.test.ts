/**
 * What a newcomer must touch to add a Key Vault operation: one file, its test, and its line in the surface. A patch that does
 * so is applied to a copy of this checkout; everything else about the operation must follow by itself.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { appToken, RawClient } from './support/raw-client.ts'
import { assignRole, checkout, type Furnished, furnish, RunningServer } from './support/running-server.ts'

const patch = fileURLToPath(new URL('newcomer.patch', import.meta.url))
const leftOut: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'coverage'])

function copyCheckout(): string {
  const copy = mkdtempSync(join(tmpdir(), 'strongroom-newcomer-'))
  cpSync(checkout, copy, {
    recursive: true,
    filter: (source) => !(leftOut.has(basename(source)) && dirname(source) === checkout),
  })
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Added and removed lines by file, as the patch says. */
function linesOfPatch(copy: string): Readonly<Record<string, readonly [added: number, removed: number]>> {
  const text = execFileSync('git', ['apply', '--numstat', patch], { cwd: copy, encoding: 'utf8' })
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([added, removed, file = '']) => [file, [Number(added), Number(removed)] as const]),
  )
}

describe('a newcomer adds a read-only Key Vault operation', () => {
  let copy = ''
  let server: RunningServer | undefined
  let client: RawClient
  let made: Furnished
  let token = ''

  before(async () => {
    copy = copyCheckout()
    execFileSync('git', ['apply', patch], { cwd: copy })
    server = await RunningServer.start({ checkout: copy })
    made = await furnish(server, { vault: 'kv-newcomer', app: 'newcomer' })
    await server.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'Db', '--file', '/dev/stdin', '-o', 'none'],
      'value',
    )
    token = await appToken(server, made.app)
    client = new RawClient(server.facts.httpsPort)
  })
  after(async () => {
    client?.close()
    await server?.remove()
    rmSync(copy, { recursive: true, force: true })
  })

  async function askState(): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
    const path = '/secrets/Db/state?api-version=7.4'
    const { status, text } = await client.send({ path, host: `${made.vault}.vault.azure.net`, token })
    return { status, body: JSON.parse(text) }
  }

  test('it touches three files: the operation, its test, and two lines of the surface', () => {
    const lines = linesOfPatch(copy)
    assert.deepEqual(Object.keys(lines).sort(), [
      'src/vault/secrets/get-secret-state.test.ts',
      'src/vault/secrets/get-secret-state.ts',
      'src/vault/surface.ts',
    ])
    // Its import and its place in the list.
    assert.deepEqual(lines['src/vault/surface.ts'], [2, 0])
  })

  test('its own test passes', () => {
    // Left in, this variable makes the inner runner skip its files.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const file = 'src/vault/secrets/get-secret-state.test.ts'
    const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', file], {
      cwd: copy,
      encoding: 'utf8',
      env: environment,
    })
    assert.match(output, /^# pass 2$/m)
  })

  test('it is refused without a role, served with one, and both calls are in the audit log', async () => {
    assert.ok(server !== undefined)
    const refused = await askState()
    assert.equal(refused.status, 403)
    assert.match(JSON.stringify(refused.body), /"innererror":\{"code":"ForbiddenByRbac"\}/)
    assert.match(JSON.stringify(refused.body), /vaults\/secrets\/readMetadata\/action/)

    await assignRole(server, made.principalId, 'Key Vault Reader', made.vaultId)
    const served = await askState()
    assert.equal(served.status, 200)
    assert.deepEqual(Object.keys(served.body), ['latestVersion'])
    assert.match(String(served.body['latestVersion']), /^[0-9a-f]{32}$/)

    const records: readonly {
      readonly properties: { readonly httpStatusCode: number }
      readonly strongroom: object
    }[] = JSON.parse(await server.command(['audit', 'tail', '--filter', 'operationName=SecretState', 'surface=vault']))
    assert.deepEqual(
      records.map(({ properties, strongroom }) => [
        properties.httpStatusCode,
        'decision' in strongroom && strongroom.decision,
      ]),
      [
        [403, 'deny'],
        [200, 'allow'],
      ],
    )
  })

  test('it is in the generated reference', () => {
    execFileSync(process.execPath, ['scripts/generate-reference.ts'], { cwd: copy })
    const page = readFileSync(join(copy, 'docs', 'reference', 'operations.md'), 'utf8')
    const needed = '`Microsoft.KeyVault/vaults/secrets/readMetadata/action` at `{vault}/secrets/{name}`'
    const row = `| getSecretState | \`GET /secrets/{name}/state\` | 7.0 | read | ${needed} | \`SecretState\` |`
    assert.ok(page.includes(row), row)
  })
})
