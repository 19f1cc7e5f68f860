/** Each single-byte edit of a stored log is found, with the key pinned, from files alone. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { exportLog } from '#audit/export.ts'
import { openExportSource } from '#audit/export-source.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { type AuditVerdict, verifyLog } from '#audit/verify.ts'
import { fixedSigner, HandTimers, openTestFileLog, smallRecord } from '../support/audit-logs.ts'

const verifierKey = fixedSigner.verifier.verifierKey
/** Every bit of every byte with SLOW=1; otherwise one bit of each byte, which one depending on the position. */
const isSlow = process.env['SLOW'] !== undefined

function masksAt(position: number): readonly number[] {
  return isSlow ? [1, 2, 4, 8, 16, 32, 64, 128, 255] : [1 << ((position * 5) % 8)]
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
}

async function expectEveryEditFound(path: string, verify: () => Promise<AuditVerdict>): Promise<number> {
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of masksAt(at)) {
      const edited = Buffer.from(bytes)
      edited[at] = (edited[at] ?? 0) ^ mask
      writeFileSync(path, edited)
      assert.equal((await verify()).outcome, 'wrong', `byte ${at} ^ ${mask}`)
    }
  }
  writeFileSync(path, bytes)
  assert.equal((await verify()).outcome, 'verified')
  return bytes.length
}

describe('single-byte edits of a small audit log', () => {
  let parent = ''
  let directory = ''
  const verifyLive = () => verifyLog(openSegmentSource(directory, { pause: () => Promise.resolve() }), { verifierKey })

  before(async () => {
    parent = mkdtempSync(join(tmpdir(), 'strongroom-edits-'))
    directory = join(parent, 'audit')
    const timers = new HandTimers()
    const log = await openTestFileLog(parent, { segmentBytes: 1300, reserveBytes: 1400, timers })
    for (let at = 0; at < 3; at++) {
      await log.append(smallRecord())
      await log.append(smallRecord())
      if (at !== 0) continue
      // Once: the segments closed so far are compressed, the later ones not, however long it takes.
      timers.pass(1000)
      while (!readdirSync(join(directory, 'lane-0')).some((name) => name.endsWith('.zst'))) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await log.close()
  })
  after(() => rmSync(parent, { recursive: true }))

  test('the untouched log verifies, in compressed and uncompressed segments', async () => {
    const names = readdirSync(join(directory, 'lane-0'))
    assert.ok(names.some((name) => name.endsWith('.segment.zst')))
    assert.ok(names.filter((name) => name.endsWith('.segment')).length >= 2, names.join(' '))
    assert.equal((await verifyLive()).outcome, 'verified')
  })

  test('an edit of any byte of any segment is found', async () => {
    let edited = 0
    for (const path of filesBelow(join(directory, 'lane-0'))) {
      if (path.includes('.segment')) edited += await expectEveryEditFound(path, verifyLive)
    }
    assert.ok(edited > 2500, String(edited))
  })

  test('an edit of any byte of any exported file is found', async () => {
    const exported = join(parent, 'exported')
    await exportLog(openSegmentSource(directory), exported)
    const paths = filesBelow(exported)
    assert.deepEqual(paths.map((path) => relative(exported, path).replace(/\.p\/[0-9]+$/, '.p/W')).sort(), [
      'lane-0/checkpoint',
      'lane-0/checkpoints',
      'lane-0/tile/0/000.p/W',
      'lane-0/tile/entries/000.p/W',
    ])
    const verify = () => verifyLog(openExportSource(exported), { verifierKey })
    for (const path of paths) assert.ok((await expectEveryEditFound(path, verify)) > 0)
  })

  test('without a key every edit but that of the key itself is still found, and nothing is called verified', async () => {
    const verify = () => verifyLog(openSegmentSource(directory, { pause: () => Promise.resolve() }))
    const verdict = await verify()
    assert.equal(verdict.outcome, 'self-consistent')
    assert.equal(verdict.outcome === 'self-consistent' && verdict.verifierKey, verifierKey)
    const newest = filesBelow(join(directory, 'lane-0')).findLast((path) => path.endsWith('.segment')) ?? ''
    const bytes = readFileSync(newest)
    for (let at = 0; at < bytes.length; at += 7) {
      const edited = Buffer.from(bytes)
      edited[at] = (edited[at] ?? 0) ^ 0x04
      writeFileSync(newest, edited)
      assert.equal((await verify()).outcome, 'wrong', `byte ${at}`)
    }
    writeFileSync(newest, bytes)
  })

  test('another pinned key is told from the log’s own', async () => {
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    const verdict = await verifyLog(openSegmentSource(directory), { verifierKey: other })
    assert.deepEqual(verdict, {
      outcome: 'wrong',
      lane: 0,
      verifiedSize: 0,
      checkpoint: 0,
      sentence: 'Lane 0: the checkpoint of the empty log was altered or is not signed by this key.',
    })
  })

  test('the verdict names the record or the checkpoint that is wrong', async () => {
    const path = join(
      directory,
      'lane-0',
      readdirSync(join(directory, 'lane-0')).filter((name) => name.endsWith('.segment'))[0] ?? '',
    )
    const bytes = readFileSync(path)
    const first = Number(/([0-9]{16})\.segment$/.exec(path)?.[1])
    const editAt = async (at: number) => {
      const edited = Buffer.from(bytes)
      edited[at] = (edited[at] ?? 0) ^ 1
      writeFileSync(path, edited)
      const verdict = await verifyLive()
      writeFileSync(path, bytes)
      return verdict
    }
    assert.deepEqual(await editAt(bytes.indexOf('"id":"') + 8), {
      outcome: 'wrong',
      lane: 0,
      verifiedSize: first,
      records: { first, last: first },
      sentence: `Lane 0: record ${first} is not what the checkpoint of ${first + 1} records signed.`,
    })
    const note = bytes.indexOf(`/audit/0\n${first + 1}\n`)
    assert.deepEqual(await editAt(note + 14), {
      outcome: 'wrong',
      lane: 0,
      verifiedSize: first,
      checkpoint: first + 1,
      sentence: `Lane 0: the checkpoint after record ${first} was altered, or is not signed by this key for ${first + 1} records.`,
    })
  })
})
