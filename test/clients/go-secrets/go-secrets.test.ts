import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missing } from '../../support/components.ts'
import { RunningServer } from '../../support/running-server.ts'
import { assertSecretOperations, furnishSecretOperations, type SecretOperationsScene } from '../secret-operations.ts'

const skip = missing('go', ['list', '-C', import.meta.dirname, '-m'], 'Go 1.26 or newer is not installed')

describe('all twelve operations on secrets with the newest Azure SDK for Go', { skip }, () => {
  let folder: string
  let program: readonly string[]
  let server: RunningServer
  let scene: SecretOperationsScene

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-go-secrets-'))
    program = [join(folder, 'go-secrets')]
    const built = spawnSync('go', ['build', '-mod=readonly', '-o', ...program, '.'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      timeout: 600_000,
    })
    assert.equal(built.status, 0, built.stderr)
    server = await RunningServer.start()
    scene = await furnishSecretOperations(server, 'go')
  })
  after(async () => {
    await server?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test('on literal names', async () => {
    await assertSecretOperations(server, scene, { program, suffix: 'vault.azure.net', prefix: 'literal' })
  })

  test('on own names, with a port', async () => {
    const suffix = `vault.localhost:${server.facts.httpsPort}`
    await assertSecretOperations(server, scene, { program, suffix, prefix: 'own' })
  })
})
