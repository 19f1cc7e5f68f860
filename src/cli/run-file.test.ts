import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { readRunFile } from './run-file.ts'

const facts = {
  pid: process.pid,
  httpsPort: 8443,
  proxyPort: 8480,
  identityPort: 8481,
  healthPort: 8482,
  controlSocket: '/data/runtime/control.sock',
  domain: 'localhost',
  tenantId: '00000000-0000-4000-8000-000000000001',
  subscriptionId: '00000000-0000-4000-8000-000000000002',
  caFile: '/data/ca.pem',
  auditVerifierKey: 'installation/audit+01234567+key',
}
/** Above every process id that Linux or macOS gives. */
const noProcess = 2 ** 30

describe('the run file', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const write = (text: string): void => writeFileSync(join(directory, 'run.json'), text)
  const refuses = (sentence: RegExp): void => {
    assert.throws(
      () => readRunFile(directory),
      (failure) => {
        assert.ok(failure instanceof CommandError)
        assert.equal(failure.exitCode, 2)
        assert.match(failure.message, sentence)
        return true
      },
    )
  }

  test('says where a running server is', () => {
    write(JSON.stringify({ ...facts, ofALaterVersion: true }))
    assert.deepEqual(readRunFile(directory), facts)
  })

  test('that is not there means that no server runs', () => refuses(/^No server is running on .+ Start one with/))

  test('of a process that is gone means the same', () => {
    write(JSON.stringify({ ...facts, pid: noProcess }))
    refuses(new RegExp(`^The server on .+ is gone \\(process ${noProcess}\\)\\. Start it with`))
  })

  for (const text of ['', '{', 'null', '{"pid":"1"}', JSON.stringify({ ...facts, caFile: undefined })]) {
    test(`is refused when it says ${text === '' ? 'nothing' : text.slice(0, 20)}`, () => {
      write(text)
      refuses(/run\.json is not a run file of this version\.$/)
    })
  }
})
