/** What `audit export` and `audit prove` write, checked with transparency-dev's formats and golang.org/x/mod's tlog. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { exportLog } from '#audit/export.ts'
import { openExportSource } from '#audit/export-source.ts'
import { proveRecord } from '#audit/prove.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { verifyLog } from '#audit/verify.ts'
import { fixedSigner, openTestFileLog, smallRecord, testRecord } from '../../support/audit-logs.ts'
import { missing } from '../../support/components.ts'

const { name, verifierKey } = fixedSigner.verifier

const skip = missing('go', ['list', '-C', import.meta.dirname, '-m'], 'Go 1.26 or newer is not installed')

describe('an exported audit log', { skip }, () => {
  let folder = ''
  let exported = ''
  let program = ''
  let proofFile = ''
  let recordFile = ''

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-go-audit-'))
    exported = join(folder, 'exported')
    program = join(folder, 'go-audit')
    proofFile = join(folder, 'record.tlog-proof')
    recordFile = join(folder, 'record.json')
    const built = spawnSync('go', ['build', '-mod=readonly', '-o', program, '.'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      timeout: 300_000,
    })
    assert.equal(built.status, 0, built.stderr)
    const log = await openTestFileLog(folder)
    for (let at = 0; at < 5; at++) await log.append(testRecord({ userAgent: 'é' }))
    await Promise.all(Array.from({ length: 400 }, () => log.append(smallRecord())))
    await log.close()
    await exportLog(openSegmentSource(join(folder, 'audit')), exported)
  })
  after(() => rmSync(folder, { recursive: true }))

  function check(change: { origin?: string; verifierKey?: string; recordFile?: string } = {}) {
    const given = { origin: `${name}/0`, verifierKey, recordFile, ...change }
    const lane = join(exported, 'lane-0')
    return spawnSync(program, [lane, given.origin, given.verifierKey, proofFile, given.recordFile], {
      encoding: 'utf8',
      timeout: 30_000,
    })
  }

  async function prove(sequence: number): Promise<void> {
    const { line, proof } = await proveRecord(openExportSource(exported), 0, sequence)
    writeFileSync(proofFile, proof)
    writeFileSync(recordFile, line)
  }

  for (const sequence of [0, 1, 5, 255, 256, 405]) {
    test(`has checkpoints and a proof of record ${sequence} that other programs accept`, async () => {
      await prove(sequence)
      const { status, stdout, stderr } = check()
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `406 ${sequence}\n`, stderr: '' })
    })
  }

  test('is refused by them under another origin, another key, or for another record', async () => {
    await prove(5)
    assert.match(check({ origin: `${name}/1` }).stderr, /^checkpoint: /)
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    assert.match(check({ verifierKey: other }).stderr, /^checkpoint: /)
    const edited = join(folder, 'edited.json')
    writeFileSync(edited, readFileSync(recordFile, 'utf8').replace('SecretGet', 'SecretSet'))
    assert.match(check({ recordFile: edited }).stderr, /^proof: /)
  })

  test('verifies with our own program too, full tiles and partial ones', async () => {
    const verdict = await verifyLog(openExportSource(exported), { verifierKey })
    assert.equal(verdict.outcome, 'verified')
    assert.equal(readFileSync(join(exported, 'lane-0/tile/0/000')).length, 256 * 32)
    assert.equal(readFileSync(join(exported, 'lane-0/tile/0/001.p/150')).length, 150 * 32)
    assert.equal(readFileSync(join(exported, 'lane-0/tile/1/000.p/1')).length, 32)
  })
})
