import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createDatabase, postgresMissing } from '../support/postgres.ts'
import { appToken, operatorToken, type RawAnswer, RawClient } from '../support/raw-client.ts'
import { type Furnished, furnish, RunningServer } from '../support/running-server.ts'

const alternations = 1000
const swapped = 100
const deletions = 25
/** Key Vault Secrets User. */
const roleId = '4633458b-17de-408a-b874-0445c86b69e6'
const management = 'management.azure.com'
const value = 'the-value-behind-the-role'

describe('two servers on one PostgreSQL', { skip: postgresMissing() }, () => {
  let folder: string
  let first: RunningServer
  let second: RunningServer
  let made: Furnished
  let managementToken: string
  let vaultToken: string
  const clients: RawClient[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
    const urlFile = join(folder, 'database-url')
    writeFileSync(urlFile, `${await createDatabase()}\n`, { mode: 0o600 })
    const flags = ['--database-url-file', urlFile, '--kek-file', join(folder, 'keys', 'key-encryption-key')]
    first = new RunningServer({ flags })
    await first.command(['migrate', '--database-url-file', urlFile, '-o', 'none'])
    await first.start()
    second = await RunningServer.start({ flags })
    made = await furnish(first, { vault: 'kv-two', app: 'two-app' })
    await first.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'shared', '--file', '/dev/stdin', '-o', 'none'],
      value,
    )
    managementToken = await operatorToken(first, 'https://management.azure.com')
    vaultToken = await appToken(first, made.app)
    for (const server of [first, second]) clients.push(new RawClient(server.facts.httpsPort, { connections: 1 }))
  })
  after(async () => {
    for (const client of clients) client.close()
    await first?.remove()
    await second?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const assignment = (): string =>
    `${made.vaultId}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}?api-version=2022-04-01`

  function grant(client: RawClient, path: string): Promise<RawAnswer> {
    const [subscription = ''] = /^\/subscriptions\/[^/]+/.exec(made.vaultId) ?? []
    const properties = {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      principalId: made.principalId,
      principalType: 'ServicePrincipal',
    }
    return client.send({
      method: 'PUT',
      path,
      host: management,
      token: managementToken,
      body: JSON.stringify({ properties }),
    })
  }

  const revoke = (client: RawClient, path: string): Promise<RawAnswer> =>
    client.send({ method: 'DELETE', path, host: management, token: managementToken })

  const read = (client: RawClient): Promise<RawAnswer> =>
    client.send({
      path: '/secrets/shared?api-version=7.4',
      host: `${made.vault}.vault.azure.net`,
      token: vaultToken,
    })

  async function alternate(times: number, writer: RawClient, reader: RawClient): Promise<void> {
    assert.equal((await read(reader)).status, 403)
    for (let round = 0; round < times; round++) {
      const path = assignment()
      const granted = await grant(writer, path)
      assert.equal(granted.status, 201, granted.text)
      const allowed = await read(reader)
      assert.equal(allowed.status, 200, `round ${round}: stale after the grant: ${allowed.text}`)
      assert.equal(JSON.parse(allowed.text).value, value)
      const revoked = await revoke(writer, path)
      assert.equal(revoked.status, 200, revoked.text)
      const denied = await read(reader)
      assert.equal(denied.status, 403, `round ${round}: stale after the revocation`)
      assert.equal(JSON.parse(denied.text).error.innererror.code, 'ForbiddenByRbac')
    }
  }

  test(`${alternations} grants and revocations on the first are seen by the very next read on the second`, async () => {
    const [writer, reader] = clients
    assert.ok(writer !== undefined && reader !== undefined)
    await alternate(alternations, writer, reader)
  })

  test(`${swapped} more with the roles swapped`, async () => {
    const [reader, writer] = clients
    assert.ok(writer !== undefined && reader !== undefined)
    await alternate(swapped, writer, reader)
  })

  test(`${deletions} times a vault that is deleted on the first is gone on the second, and back when it is recovered`, async () => {
    const [writer, reader] = clients
    assert.ok(writer !== undefined && reader !== undefined)
    const role = assignment()
    assert.equal((await grant(writer, role)).status, 201)
    const path = `${made.vaultId}?api-version=2026-02-01`
    const sku = { family: 'A', name: 'standard' }
    const properties = { tenantId: first.facts.tenantId, sku, createMode: 'recover' }
    const body = JSON.stringify({ location: 'westeurope', properties })
    const send = (method: string, more: { readonly body?: string } = {}) =>
      writer.send({ method, path, host: management, token: managementToken, ...more })
    for (let round = 0; round < deletions; round++) {
      assert.equal((await read(reader)).status, 200)
      const deleted = await send('DELETE')
      assert.equal(deleted.status, 200, deleted.text)
      const gone = await read(reader)
      assert.equal(gone.status, 404, `round ${round}: stale after the deletion`)
      const recovered = await send('PUT', { body })
      assert.equal(recovered.status, 200, recovered.text)
      const back = await read(reader)
      assert.equal(back.status, 200, `round ${round}: stale after the recovery: ${back.text}`)
      assert.equal(JSON.parse(back.text).value, value)
    }
    assert.equal((await revoke(writer, role)).status, 200)
  })

  test('a session belongs to the server that started it', async () => {
    assert.deepEqual(JSON.parse(await second.command(['session', 'list'])), [])
    const elsewhere = await second.command(['shell', '--', 'sh', '-c', 'echo "$IDENTITY_ENDPOINT"'])
    assert.match(elsewhere, new RegExp(`^http://127\\.0\\.0\\.1:${second.facts.identityPort}/`))
  })

  test('a third server on the data directory of the first is refused', async () => {
    const urlFile = join(folder, 'database-url')
    const kek = join(folder, 'keys', 'key-encryption-key')
    const ports = ['--https-port', '0', '--proxy-port', '0', '--identity-port', '0', '--health-port', '0']
    const ran = await first.try(['serve', ...ports, '--database-url-file', urlFile, '--kek-file', kek])
    assert.deepEqual(ran, {
      code: 1,
      stdout: '',
      stderr: 'ERROR: Another Strongroom server uses this data directory. Stop it, or choose another directory.\n',
    })
    assert.equal(await first.command(['shell', '--', 'echo', 'still here']), 'still here')
  })

  test('a server with another key-encryption key is refused', async () => {
    const urlFile = join(folder, 'database-url')
    const stranger = await RunningServer.start()
    await stranger.end()
    const other = new RunningServer({
      flags: ['--database-url-file', urlFile, '--kek-file', join(stranger.data, 'keys', 'key-encryption-key')],
    })
    await assert.rejects(other.start(), /ERROR: The key file 'key-encryption-key' holds another key/)
    await other.remove()
    await stranger.remove()
  })

  test('both lanes of the audit log verify against the pinned key', async () => {
    const key = first.facts.auditVerifierKey
    assert.equal(second.facts.auditVerifierKey, key)
    const exported = join(folder, 'export')
    const urlFile = join(folder, 'database-url')
    await first.command(['audit', 'export', exported, '--database-url-file', urlFile, '-o', 'none'])
    const verified = await first.try(['audit', 'verify', exported, '--key', key, '-o', 'json'])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    const verdict: { readonly outcome: string; readonly lanes: readonly { lane: number; size: number }[] } = JSON.parse(
      verified.stdout,
    )
    assert.equal(verdict.outcome, 'verified')
    assert.deepEqual(
      verdict.lanes.map(({ lane }) => lane),
      [0, 1],
    )
    for (const { lane, size } of verdict.lanes) assert.ok(size > 2 * alternations, `lane ${lane} has ${size} records`)
  })
})
