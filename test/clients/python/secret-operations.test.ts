import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findPython } from '../../support/python.ts'
import { checkout, RunningServer } from '../../support/running-server.ts'
import { assertSecretOperations, furnishSecretOperations, type SecretOperationsScene } from '../secret-operations.ts'

const here = join(checkout, 'test', 'clients', 'python')
const { python, skip } = await findPython(join(here, 'requirements.txt'))
const program = [python, join(here, 'secret-operations.py')]

describe('all twelve operations on secrets with the newest Azure SDK for Python', { skip }, () => {
  let server: RunningServer
  let scene: SecretOperationsScene

  before(async () => {
    server = await RunningServer.start()
    scene = await furnishSecretOperations(server, 'python')
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
