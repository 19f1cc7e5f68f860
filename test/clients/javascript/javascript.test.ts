import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assignRole, checkout, type Furnished, furnish, RunningServer } from '../../support/running-server.ts'

const program = join(checkout, 'test', 'clients', 'javascript', 'read-secret.ts')

describe('the newest Azure SDK for JavaScript', () => {
  let server: RunningServer
  let made: Furnished

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-javascript', app: 'javascript-app' })
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
      'https://example.internal',
    )
  })
  after(async () => server?.remove())

  test('without a role the read is refused as Azure refuses it', async () => {
    const ran = await server.try(['run', '--app', made.app, '--', process.execPath, program])
    assert.equal(ran.code, 1)
    assert.equal(ran.stdout, '')
    assert.match(ran.stderr, /ForbiddenByRbac/)
  })

  test('with the role the value is read on the literal name', async () => {
    await assignRole(server, made.principalId, 'Key Vault Secrets User', `${made.vaultId}/secrets/api-base-url`)
    const ran = await server.try(['run', '--app', made.app, '--', process.execPath, program])
    assert.deepEqual({ code: ran.code, stdout: ran.stdout }, { code: 0, stdout: 'https://example.internal\n' })
  })

  test('and on an own name, with challenge verification on', async () => {
    const ran = await server.try([
      'run',
      '--app',
      made.app,
      '--',
      process.execPath,
      program,
      `https://${made.vault}.vault.localhost:${server.facts.httpsPort}`,
    ])
    assert.deepEqual(
      { code: ran.code, stdout: ran.stdout, stderr: ran.code === 0 ? '' : ran.stderr },
      { code: 0, stdout: 'https://example.internal\n', stderr: '' },
    )
  })
})
