import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type OpenDurableFile, openDurableFile } from '#audit/durable-file.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { verifyLog } from '#audit/verify.ts'
import { fixedSigner, HandTimers, MemoryOutbox, openTestFileLog, smallRecord } from '../support/audit-logs.ts'

/** A segment holds one group of one small record. */
const sizes = { segmentBytes: 600, reserveBytes: 700 }
const lookMilliseconds = 1000
/** How long what must come may take where the machine is slow. */
const patienceMilliseconds = 60_000
const { verifierKey } = fixedSigner.verifier

describe('compression of closed segments', () => {
  let parent = ''
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'strongroom-compression-'))
  })
  after(() => rmSync(parent, { recursive: true }))

  /** The first indices of compressed segments, also of those whose file has not its name yet. */
  function packedIn(folder: string): readonly number[] {
    const names = readdirSync(join(folder, 'audit', 'lane-0'))
    return names.filter((name) => name.includes('.zst')).map((name) => Number.parseInt(name, 10))
  }

  async function waitForPacked(folder: string, expected: readonly number[]): Promise<void> {
    const end = performance.now() + patienceMilliseconds
    while (packedIn(folder).length < expected.length && performance.now() < end) await delay(10)
    assert.deepEqual(
      [...packedIn(folder)].sort((a, b) => a - b),
      expected,
    )
  }

  test('begins with the oldest while few records come, a few at each look', async () => {
    const folder = join(parent, 'quiet')
    const timers = new HandTimers()
    const log = await openTestFileLog(folder, { ...sizes, timers })
    for (let at = 0; at < 9; at++) await log.append(smallRecord())
    assert.deepEqual(packedIn(folder), [])
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3, 4])
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await log.close()
    const verdict = await verifyLog(openSegmentSource(join(folder, 'audit')), { verifierKey })
    assert.equal(verdict.outcome, 'verified', JSON.stringify(verdict))
  })

  test('takes a segment once that was closed by what a start had to write', async () => {
    const folder = join(parent, 'restarted')
    const first = await openTestFileLog(folder, sizes)
    for (let at = 0; at < 3; at++) await first.append(smallRecord())
    await first.close()
    const outbox = new MemoryOutbox()
    outbox.rows = [smallRecord(), smallRecord()]
    const timers = new HandTimers()
    const log = await openTestFileLog(folder, { ...sizes, timers, outbox })
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3])
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3, 4, 6, 7, 8])
    await log.close()
  })

  test('waits while many come, up to 512 segments', async () => {
    const folder = join(parent, 'busy')
    const timers = new HandTimers()
    const log = await openTestFileLog(folder, { ...sizes, timers })
    const appendOneByOne = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at++) await log.append(smallRecord())
    }
    await appendOneByOne(501)
    timers.pass(lookMilliseconds)
    // The look asks for the room on the disk before it counts; what is appended meanwhile would count, too.
    await delay(200)
    await appendOneByOne(501)
    assert.deepEqual(packedIn(folder), [])
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3, 4])
    await log.close()
  })

  test('does nothing while the log is stopped: what it wrote could not be recorded', async () => {
    const folder = join(parent, 'stopped')
    const timers = new HandTimers()
    let isFull = false
    const openFile: OpenDurableFile = async (path, create) => {
      const file = await openDurableFile(path, create)
      return {
        ...file,
        write: (bytes, position) =>
          isFull ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : file.write(bytes, position),
      }
    }
    const log = await openTestFileLog(folder, { ...sizes, timers, openFile })
    for (let at = 0; at < 4; at++) await log.append(smallRecord())
    timers.pass(lookMilliseconds / 2)
    isFull = true
    await assert.rejects(log.append(smallRecord()), { code: 'AuditUnavailable' })
    timers.pass(lookMilliseconds / 2)
    await delay(200)
    assert.deepEqual(packedIn(folder), [])
    isFull = false
    timers.pass(lookMilliseconds)
    while (log.health().state === 'stopped') await delay(10)
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3])
    // The segment that was full when the disk was counts as closed once something follows it.
    timers.pass(lookMilliseconds)
    await waitForPacked(folder, [0, 1, 2, 3, 4, 5, 6, 7])
    await log.close()
  })
})
