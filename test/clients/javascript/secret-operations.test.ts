import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkout, RunningServer } from '../../support/running-server.ts'
import { assertSecretOperations, furnishSecretOperations, type SecretOperationsScene } from '../secret-operations.ts'

const program = [process.execPath, join(checkout, 'test', 'clients', 'javascript', 'secret-operations.ts')]

describe('all twelve operations on secrets with the newest Azure SDK for JavaScript', () => {
  let server: RunningServer
  let scene: SecretOperationsScene

  before(async () => {
    server = await RunningServer.start()
    scene = await furnishSecretOperations(server, 'javascript')
  })
  after(async () => server?.remove())

  test('on literal names', async () => {
    await assertSecretOperations(server, scene, { program, suffix: 'vault.azure.net', prefix: 'literal' })
  })

  test('on own names, with a port', async () => {
    const suffix = `vault.localhost:${server.facts.httpsPort}`
    await assertSecretOperations(server, scene, { program, suffix, prefix: 'own' })
  })
})
