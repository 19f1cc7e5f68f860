import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkout, type Finished, finish } from '../support/running-server.ts'
import { Surroundings, until } from '../support/strongroom-process.ts'

const steps = [
  'Start a server',
  'Create resource group rg-demo',
  'Create the container app demo-app',
  'The app asks for its secret, without a role: refused',
  'Give the app the role Key Vault Secrets User',
  'The same running app asks again',
  'Rotate the secret',
  'Versions and metadata, without values',
  'The audit trail',
  'Verify it, offline',
]

describe('npm run demo', () => {
  let scratch: string
  let around: Surroundings
  let ran: Finished

  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
    around = new Surroundings(scratch)
    const environment = {
      ...around.environment,
      npm_config_cache: join(scratch, 'npm'),
      npm_config_update_notifier: 'false',
    }
    const child = spawn('npm', ['run', 'demo'], { cwd: checkout, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
    ran = await finish(child)
  })
  after(() => rmSync(scratch, { recursive: true, force: true }))

  test('ends with 0 and prints its numbered steps in order', () => {
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const printed = ran.stdout.split('\n').filter((line) => /^\d+\. /.test(line))
    assert.equal(printed.length, steps.length)
    for (const [at, step] of steps.entries()) {
      assert.ok(printed[at]?.startsWith(`${at + 1}. ${step}`), `step ${at + 1} is: ${printed[at]}`)
      assert.match(printed[at] ?? '', / \(\d+\.\d s\)$/)
    }
  })

  test('shows the refusal with the missing action, the values read by who asks, and what was recorded', () => {
    const shown = (number: number): string => ran.stdout.split(/^\d+\. .*$/m)[number] ?? ''
    assert.match(shown(4), /Action: 'Microsoft\.KeyVault\/vaults\/secrets\/getSecret\/action'/)
    assert.match(shown(4), /Assignment: \(not found\)/)
    assert.match(shown(6), /value https:\/\/example\.internal, version [0-9a-f]{32}/)
    assert.match(shown(7), /value https:\/\/v2\.example\.internal, version [0-9a-f]{32}/)
    assert.doesNotMatch(shown(8), /example\.internal/)
    assert.match(shown(9), /SecretGet +403 +deny [\s\S]*SecretGet +200 +allow /)
    assert.doesNotMatch(shown(9), /example\.internal/)
    assert.match(shown(10), /^ +Verified: every record is what the pinned key signed\.$/m)
    assert.match(ran.stdout, /\nDone in \d+\.\d s\. Nothing was left behind\.\n$/)
  })

  test('leaves nothing behind: no file, no process', async () => {
    // npm keeps its own compiled code there.
    const ofNpm = join(around.temporary, 'node-compile-cache')
    assert.deepEqual(
      around.files().filter((path) => !path.startsWith(ofNpm)),
      [],
    )
    await until(() => around.processes().length === 0, 'the end of every process')
  })
})
