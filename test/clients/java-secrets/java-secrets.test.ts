import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { javaProgramOf } from '../../support/java.ts'
import { RunningServer } from '../../support/running-server.ts'
import { assertSecretOperations, furnishSecretOperations, type SecretOperationsScene } from '../secret-operations.ts'

const built = javaProgramOf(import.meta.dirname)
const skip = 'skip' in built ? built.skip : false
const classpath = 'classpath' in built ? built.classpath : ''

describe('all twelve operations on secrets with the newest Azure SDK for Java', { skip }, () => {
  let program: readonly string[]
  let server: RunningServer
  let scene: SecretOperationsScene

  before(async () => {
    server = await RunningServer.start()
    // A JVM reads neither SSL_CERT_FILE nor, unless it is told to, HTTPS_PROXY.
    const store = join(server.directory, 'roots.p12')
    const words = '-importcert -noprompt -alias strongroom -storetype PKCS12 -storepass changeit'.split(' ')
    const imported = spawnSync('keytool', [...words, '-file', server.facts.caFile, '-keystore', store], {
      encoding: 'utf8',
    })
    assert.equal(imported.status, 0, imported.stdout)
    program = [
      'java',
      `-Djavax.net.ssl.trustStore=${store}`,
      '-Djavax.net.ssl.trustStorePassword=changeit',
      '-Djava.net.useSystemProxies=true',
      '-cp',
      classpath,
      'SecretOperations',
    ]
    scene = await furnishSecretOperations(server, 'java')
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
