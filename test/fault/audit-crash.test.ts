/** What a crash, a damaged file or a failing disk leaves of the audit log on files. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type OpenDurableFile, openDurableFile } from '#audit/durable-file.ts'
import { lastNonZero } from '#audit/segment.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { type TailedRecord, tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { fixedSigner, MemoryOutbox, openTestFileLog, smallRecord } from '../support/audit-logs.ts'

const verifierKey = fixedSigner.verifier.verifierKey

/** Logs of one test: a folder that is filled once and copied for each trial. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'strongroom-crash-'))
  #copies = 0

  copy(): string {
    const copy = join(this.path, `copy-${this.#copies++}`)
    cpSync(join(this.path, 'audit'), join(copy, 'audit'), { recursive: true })
    cpSync(join(this.path, 'outside'), join(copy, 'outside'), { recursive: true })
    return copy
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}

function segmentPaths(parent: string): readonly string[] {
  const lane = join(parent, 'audit', 'lane-0')
  const names = readdirSync(lane).filter((name) => name.endsWith('.segment'))
  return names.sort().map((name) => join(lane, name))
}

function newestSegment(parent: string): string {
  return segmentPaths(parent).at(-1) ?? ''
}

async function recordsOf(parent: string): Promise<readonly TailedRecord[]> {
  const records: TailedRecord[] = []
  for await (const record of tailRecords(openSegmentSource(join(parent, 'audit')))) records.push(record)
  return records
}

function namesOf(records: readonly TailedRecord[]): readonly unknown[] {
  return records.map(({ record }) => record['operationName'])
}

function hasCode(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof ServiceError && error.code === code && message.test(error.message)
}

describe('a write that a crash cut short', () => {
  const folder = new Folder()
  /** Sizes of the newest segment after the first record of a caller, and after the second, which is torn. */
  let whole = 0
  let end = 0

  before(async () => {
    const log = await openTestFileLog(folder.path)
    await log.append(smallRecord())
    await log.close()
    whole = lastNonZero(readFileSync(newestSegment(folder.path))) + 1
    const outside = readFileSync(join(folder.path, 'outside', 'checkpoint'))
    const again = await openTestFileLog(folder.path)
    await again.append(smallRecord())
    await again.close()
    end = lastNonZero(readFileSync(newestSegment(folder.path))) + 1
    // The crash came before the copy of the checkpoint.
    writeFileSync(join(folder.path, 'outside', 'checkpoint'), outside)
  })
  after(() => folder.remove())

  for (const [tail, tear] of [
    ['missing', (path: string, at: number) => truncateSync(path, at)],
    ['still zero', (path: string, at: number) => writeFileSync(path, readFileSync(path).fill(0, at))],
    [
      'there, and its beginning is still zero',
      (path: string, at: number) => writeFileSync(path, readFileSync(path).fill(0, whole, at)),
    ],
  ] as const) {
    test(`is cut, and the cut recorded, wherever it was torn: the rest is ${tail}`, async () => {
      // A frame begins with a zero byte, so a tear after its first byte leaves nothing to cut.
      for (let at = whole + 2; at < end; at++) {
        const copy = folder.copy()
        tear(newestSegment(copy), at)
        const log = await openTestFileLog(copy)
        const { sequence } = await log.append(smallRecord())
        await log.close()
        const names = namesOf(await recordsOf(copy))
        assert.deepEqual(names, ['AuditLaneOpened', undefined, 'AuditTailCut', undefined], `torn at ${at}`)
        assert.equal(sequence, 3)
        assert.deepEqual(await verify(copy), 'verified', `torn at ${at}`)
        rmSync(copy, { recursive: true })
      }
    })
  }

  test('a torn first group of a new segment is cut with its segment', async () => {
    const copy = folder.copy()
    const former = newestSegment(copy)
    truncateSync(former, end)
    const next = join(copy, 'audit', 'lane-0', '0000000000000003.segment')
    writeFileSync(next, readFileSync(former).subarray(0, 300))
    const log = await openTestFileLog(copy)
    await log.close()
    const records = await recordsOf(copy)
    assert.deepEqual(namesOf(records), ['AuditLaneOpened', undefined, undefined, 'AuditTailCut'])
    assert.deepEqual(records.at(-1)?.record['properties'], { httpStatusCode: 200, size: 3, bytes: 300 })
    assert.equal(await verify(copy), 'verified')
  })
})

test('a segment whose first group never came is removed, and nothing counts as cut', async () => {
  const folder = new Folder()
  const log = await openTestFileLog(folder.path)
  await log.append(smallRecord())
  await log.close()
  const next = join(folder.path, 'audit', 'lane-0', '0000000000000002.segment')
  writeFileSync(next, Buffer.alloc(2048))
  assert.equal(await verify(folder.path), 'verified')
  const again = await openTestFileLog(folder.path)
  await again.append(smallRecord())
  await again.close()
  assert.deepEqual(namesOf(await recordsOf(folder.path)), ['AuditLaneOpened', undefined, undefined])
  assert.equal(segmentPaths(folder.path).length, 1)
  folder.remove()
})

async function verify(parent: string): Promise<string> {
  return (await verifyLog(openSegmentSource(join(parent, 'audit')), { verifierKey })).outcome
}

describe('a log that lost acknowledged records', () => {
  const folder = new Folder()
  let whole = 0

  before(async () => {
    const log = await openTestFileLog(folder.path)
    await log.append(smallRecord())
    await log.close()
    whole = lastNonZero(readFileSync(newestSegment(folder.path))) + 1
    const again = await openTestFileLog(folder.path)
    for (let at = 0; at < 3; at++) await again.append(smallRecord())
    await again.close()
  })
  after(() => folder.remove())

  test('is refused with both sizes when the outside checkpoint is ahead, and nothing is changed', async () => {
    const copy = folder.copy()
    truncateSync(newestSegment(copy), whole)
    const before = readFileSync(newestSegment(copy))
    await assert.rejects(
      openTestFileLog(copy),
      hasCode('AuditLogBehind', /^Lane 0 of the audit log holds 2 records, but the checkpoint kept outside it says 5:/),
    )
    assert.deepEqual(readFileSync(newestSegment(copy)), before)
    assert.equal(await verify(copy), 'verified')
    const kept = readFileSync(join(copy, 'outside', 'checkpoint'), 'utf8')
    const source = openSegmentSource(join(copy, 'audit'))
    const verdict = await verifyLog(source, { verifierKey, outsideCheckpoints: [kept] })
    assert.deepEqual(verdict, {
      outcome: 'wrong',
      lane: 0,
      verifiedSize: 2,
      checkpoint: 5,
      sentence: 'Lane 0 holds 2 records, but the checkpoint kept elsewhere says 5: records were lost.',
    })
  })

  test('is refused when it is gone altogether', async () => {
    const copy = folder.copy()
    rmSync(join(copy, 'audit'), { recursive: true })
    await assert.rejects(openTestFileLog(copy), hasCode('AuditLogBehind', /holds 0 records, but .* says 5:/))
  })

  test('is refused when the settled index is ahead', async () => {
    const copy = folder.copy()
    const outbox = new MemoryOutbox()
    outbox.index = 6
    await assert.rejects(
      openTestFileLog(copy, { outbox }),
      hasCode('AuditLogBehind', /holds 5 records, but the database says that 6 were written/),
    )
  })

  test('goes on in a new lane when told so, whose first record quotes both sizes', async () => {
    const copy = folder.copy()
    truncateSync(newestSegment(copy), whole)
    const log = await openTestFileLog(copy, { newLane: true })
    assert.equal(log.lane, 1)
    assert.deepEqual(await log.append(smallRecord()).then(({ lane, sequence }) => ({ lane, sequence })), {
      lane: 1,
      sequence: 1,
    })
    await log.close()
    const opened = (await recordsOf(copy)).find(({ lane }) => lane === 1)
    assert.deepEqual(opened?.record['properties'], {
      httpStatusCode: 200,
      origin: `${fixedSigner.verifier.name}/1`,
      verifierKey,
      follows: { lane: 0, size: 2, outsideSize: 5, settledIndex: 0, reason: 'AuditLogBehind' },
    })
    assert.equal(await verify(copy), 'verified')
    const again = await openTestFileLog(copy)
    assert.equal(again.lane, 1)
    await again.close()
  })

  test('is refused as well when somebody has made the folder of a newer lane', async () => {
    const copy = folder.copy()
    truncateSync(newestSegment(copy), whole)
    mkdirSync(join(copy, 'audit', 'lane-1'))
    await assert.rejects(openTestFileLog(copy), hasCode('AuditLogBehind', /^Lane 0 /))
    const log = await openTestFileLog(copy, { newLane: true })
    assert.equal(log.lane, 1)
    await log.close()
  })

  test('does not open a new lane in place of an intact one', async () => {
    await assert.rejects(
      openTestFileLog(folder.copy(), { newLane: true }),
      hasCode('AuditLaneIntact', /^Lane 0 of the audit log is intact/),
    )
  })

  test('a rewritten record is refused at start, with and without the outside checkpoint', async () => {
    for (const outside of [true, false]) {
      const copy = folder.copy()
      if (!outside) rmSync(join(copy, 'outside'), { recursive: true })
      const path = newestSegment(copy)
      const bytes = readFileSync(path)
      const at = bytes.indexOf('"sequence":2')
      bytes[at - 30] = 0x40
      writeFileSync(path, bytes)
      await assert.rejects(openTestFileLog(copy), hasCode('AuditLogBroken', /^Lane 0 of the audit log is damaged/))
    }
  })

  test('a damaged length before acknowledged groups is no torn tail', async () => {
    const copy = folder.copy()
    rmSync(join(copy, 'outside'), { recursive: true })
    const path = newestSegment(copy)
    const bytes = readFileSync(path)
    bytes[whole] = 0xff
    writeFileSync(path, bytes)
    await assert.rejects(openTestFileLog(copy), hasCode('AuditLogBroken', /signed groups behind a damaged place/))
  })

  test('an outside checkpoint that is damaged or of another key is refused', async () => {
    const copy = folder.copy()
    const path = join(copy, 'outside', 'checkpoint')
    writeFileSync(path, readFileSync(path, 'utf8').replace('\n5\n', '\n4\n'))
    await assert.rejects(openTestFileLog(copy), hasCode('AuditCheckpointUnreadable', /^The checkpoint kept outside/))
  })

  test('an outside checkpoint of another history of the same length is refused', async () => {
    const copy = folder.copy()
    const other = mkdtempSync(join(tmpdir(), 'strongroom-crash-'))
    const log = await openTestFileLog(other)
    for (let at = 0; at < 4; at++) await log.append(smallRecord())
    await log.close()
    cpSync(join(other, 'outside', 'checkpoint'), join(copy, 'outside', 'checkpoint'))
    rmSync(other, { recursive: true })
    await assert.rejects(openTestFileLog(copy), hasCode('AuditLogBroken', /are not those the checkpoint kept outside/))
  })
})

describe('a disk that fails', () => {
  for (const failing of ['write', 'truncate'] as const) {
    test(`ends the log for good when ${failing} fails, and nothing is tried again`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'strongroom-crash-'))
      let isBroken = false
      let writes = 0
      const openFile: OpenDurableFile = async (path, create) => {
        const file = await openDurableFile(path, create)
        return {
          close: () => file.close(),
          truncate: () => Promise.reject(failure('EIO')),
          write(bytes, position) {
            if (!isBroken) return file.write(bytes, position)
            writes++
            return Promise.reject(failure(failing === 'write' ? 'EIO' : 'ENOSPC'))
          },
        }
      }
      const fatal: unknown[] = []
      const log = await openTestFileLog(folder, { openFile, onFatal: (error) => fatal.push(error) })
      await log.append(smallRecord())
      isBroken = true
      const [one, two] = await Promise.allSettled([log.append(smallRecord()), log.append(smallRecord())])
      for (const outcome of [one, two]) {
        assert.ok(outcome.status === 'rejected' && hasCode('AuditUnavailable', /cannot record/)(outcome.reason))
      }
      isBroken = false
      await assert.rejects(log.append(smallRecord()), hasCode('AuditUnavailable', /cannot record/))
      assert.deepEqual(log.health(), { state: 'stopped', reason: 'A write to the audit log failed.' })
      assert.equal(fatal.length, 1)
      assert.equal(writes, 1)
      await log.close()
      rmSync(folder, { recursive: true })
    })
  }
})

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code })
}
