import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuditLog } from '#audit/audit-log.ts'
import { createOutboxStore } from '#audit/outbox-store.ts'
import { tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { type AuditEngine, type AuditPlace, auditEngines } from '../support/audit-logs.ts'
import { GateHarness, noteValue } from './gate-harness.ts'

/** Operation and status of every record in the log that the gate made, in order. */
async function recorded(place: AuditPlace): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { line } of tailRecords(place.source())) {
    const { strongroom, properties } = JSON.parse(line)
    if (strongroom.operation?.endsWith('Note')) found.push(`${strongroom.operation} ${properties.httpStatusCode}`)
  }
  return found
}

async function pendingRows(place: AuditPlace): Promise<number> {
  return (await createOutboxStore(place.database).pending(undefined, 100)).length
}

/** The log, whose committed writes cannot be appended for now. */
function withoutSettling(log: AuditLog): AuditLog {
  return {
    lane: log.lane,
    append: (record) => log.append(record),
    settle: () => Promise.reject(new ServiceError('unavailable', 'AuditUnavailable', 'Not now.')),
    health: () => log.health(),
    close: () => log.close(),
  }
}

/** A place with its log; `openLog` opens further ones. Whatever is still open at the end is closed. */
async function withPlace(
  engine: AuditEngine,
  work: (place: AuditPlace, openLog: () => Promise<AuditLog>) => Promise<void>,
): Promise<void> {
  const place = await engine.open()
  const opened: AuditLog[] = []
  try {
    await work(place, async () => {
      const log = await place.openLog()
      opened.push(log)
      return log
    })
  } finally {
    for (const log of opened) await log.close()
    await place.close()
  }
}

/** What is written into the note; like `noteValue` it must stand in no record. */
const written = 'written value 77aa'

for (const engine of auditEngines) {
  describe(`the gate over the audit log in ${engine.name}`, { skip: engine.skip }, () => {
    test('every answer is in a log that verifies, in the order in which they were given, and no value is', () =>
      withPlace(engine, async (place, openLog) => {
        const log = await openLog()
        const harness = await GateHarness.open(place.database, { audit: log })
        const writer = await harness.writer()
        const { operation: read } = harness.readNote()
        const { operation: write } = harness.writeNote()
        const failing = harness.writeNote({ after: () => Promise.reject(new TypeError('broken')) }).operation
        const answers = [
          await harness.invoke(read, writer),
          await harness.invoke(write, writer, written),
          await harness.invoke(read, await harness.user()),
          await harness.invoke(write, await harness.reader(), written),
          await harness.invoke(failing, writer, written),
        ]
        assert.deepEqual(
          answers.map(({ status, receipt }) => [status, receipt?.lane, receipt?.sequence]),
          [
            [200, log.lane, 1],
            [200, log.lane, 2],
            [403, log.lane, 3],
            [403, log.lane, 4],
            [500, log.lane, 5],
          ],
        )
        assert.deepEqual(await recorded(place), [
          'getNote 200',
          'setNote 200',
          'getNote 403',
          'setNote 403',
          'setNote 500',
        ])
        for await (const { line } of tailRecords(place.source())) {
          for (const text of [noteValue, written]) assert.ok(!line.includes(text), line)
        }
        await log.close()
        assert.equal(await pendingRows(place), 0)
        const verdict = await verifyLog(place.source(), { verifierKey: place.signer.verifier.verifierKey })
        assert.equal(verdict.outcome, 'verified', JSON.stringify(verdict))
      }))

    test('the record of a committed write that could not be appended follows when the log is opened again, once', () =>
      withPlace(engine, async (place, openLog) => {
        const first = await openLog()
        const harness = await GateHarness.open(place.database, { audit: withoutSettling(first) })
        const writer = await harness.writer()
        const answer = await harness.invoke(harness.writeNote().operation, writer, written)
        assert.equal(answer.status, 503)
        assert.equal(await harness.note(), JSON.stringify(written))
        assert.equal(await pendingRows(place), 1)
        assert.deepEqual(await recorded(place), [])
        await first.close()

        const second = await openLog()
        assert.deepEqual(await recorded(place), ['setNote 200'])
        const healed = harness.beside(place.database, { audit: second })
        assert.equal((await healed.invoke(healed.readNote().operation, writer)).status, 200)
        await second.close()
        assert.equal(await pendingRows(place), 0)
        assert.deepEqual(await recorded(place), ['setNote 200', 'getNote 200'])
      }))

    test('a closed log lets nothing out: no value, no denial, no acknowledgement', () =>
      withPlace(engine, async (place, openLog) => {
        const log = await openLog()
        const harness = await GateHarness.open(place.database, { audit: log })
        const writer = await harness.writer()
        const stranger = await harness.user()
        await log.close()
        const answers = [
          await harness.invoke(harness.readNote().operation, writer),
          await harness.invoke(harness.readNote().operation, stranger),
          await harness.invoke(harness.writeNote().operation, writer, written),
        ]
        for (const { status, text, receipt } of answers) {
          assert.deepEqual([status, receipt], [503, undefined])
          assert.deepEqual(JSON.parse(text).error.code, 'AuditUnavailable')
          assert.ok(!text.includes(noteValue))
        }
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await recorded(place), [])
      }))

    test('concurrent calls each have exactly one record', () =>
      withPlace(engine, async (place, openLog) => {
        const log = await openLog()
        const harness = await GateHarness.open(place.database, { audit: log })
        const writer = await harness.writer()
        const stranger = await harness.user()
        const calls = Array.from({ length: 60 }, (_, at) => {
          if (at % 3 === 0) return harness.invoke(harness.readNote().operation, writer)
          if (at % 3 === 1) return harness.invoke(harness.writeNote().operation, writer, at)
          return harness.invoke(harness.readNote().operation, stranger)
        })
        const answers = await Promise.all(calls)
        const sequences = answers.map(({ receipt }) => receipt?.sequence)
        assert.equal(new Set(sequences).size, 60)
        assert.ok(!sequences.includes(undefined))
        const counts = Map.groupBy(await recorded(place), (entry) => entry)
        assert.deepEqual(
          ['getNote 200', 'setNote 200', 'getNote 403'].map((entry) => counts.get(entry)?.length),
          [20, 20, 20],
        )
        await log.close()
        assert.equal(await pendingRows(place), 0)
      }))
  })
}
