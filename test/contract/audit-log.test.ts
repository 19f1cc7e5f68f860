import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { AuditLog } from '#audit/audit-log.ts'
import { openCheckpoint } from '#audit/checkpoint.ts'
import { createOutboxStore } from '#audit/outbox-store.ts'
import { parseTailFilter, tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { randomGuid } from '#base/random.ts'
import { type AuditPlace, auditEngines, testRecord } from '../support/audit-logs.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function recordIds(place: AuditPlace): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { record } of tailRecords(place.source())) {
    const own = record['strongroom']
    assert.ok(typeof own === 'object' && own !== null && 'id' in own && typeof own.id === 'string')
    ids.push(own.id)
  }
  return ids
}

async function requireVerified(place: AuditPlace): Promise<number> {
  const verdict = await verifyLog(place.source(), { verifierKey: place.signer.verifier.verifierKey })
  assert.equal(verdict.outcome, 'verified', JSON.stringify(verdict))
  return verdict.outcome === 'verified' ? verdict.lanes.reduce((sum, lane) => sum + lane.size, 0) : -1
}

async function pendingRows(place: AuditPlace): Promise<number> {
  return (await createOutboxStore(place.database).pending(undefined, 100)).length
}

for (const engine of auditEngines) {
  describe(`the audit log on ${engine.name}`, { skip: engine.skip }, () => {
    async function withLog(work: (log: AuditLog, place: AuditPlace) => Promise<void>): Promise<void> {
      const place = await engine.open()
      try {
        const log = await place.openLog()
        try {
          await work(log, place)
        } finally {
          await log.close()
        }
      } finally {
        await place.close()
      }
    }

    test('a lane opens with a record that names its origin and its verifier key', () =>
      withLog(async (log, place) => {
        assert.equal(log.lane, 0)
        assert.deepEqual(log.health(), { state: 'writable' })
        const [first] = await collect(tailRecords(place.source()))
        assert.equal(first?.record['operationName'], 'AuditLaneOpened')
        assert.deepEqual(first?.record['properties'], {
          httpStatusCode: 200,
          origin: `${place.signer.verifier.name}/0`,
          verifierKey: place.signer.verifier.verifierKey,
        })
      }))

    test('records get consecutive places, and are stored as they were made', () =>
      withLog(async (log, place) => {
        const records = [testRecord(), testRecord({ userAgent: 'Ünïcode "quoted"\n' }), testRecord()]
        const receipts = await Promise.all(records.map((record) => log.append(record)))
        assert.deepEqual(
          receipts.map(({ lane, sequence }) => [lane, sequence]),
          [
            [0, 1],
            [0, 2],
            [0, 3],
          ],
        )
        const lines = (await collect(tailRecords(place.source()))).map(({ line }) => line)
        assert.deepEqual(
          lines.slice(1),
          records.map(({ body }, at) => `${body},"lane":0,"sequence":${at + 1}}}`),
        )
        assert.equal(await requireVerified(place), 4)
      }))

    test('a thousand concurrent records share checkpoints, and all verify', () =>
      withLog(async (log, place) => {
        const receipts = await Promise.all(Array.from({ length: 1000 }, () => log.append(testRecord())))
        assert.deepEqual(
          receipts.map(({ sequence }) => sequence),
          Array.from({ length: 1000 }, (_, at) => at + 1),
        )
        const verdict = await verifyLog(place.source(), { verifierKey: place.signer.verifier.verifierKey })
        assert.ok(verdict.outcome === 'verified' && (verdict.lanes[0]?.checkpoints ?? 1000) < 100)
      }))

    test('a reopened log goes on where it was', async () => {
      const place = await engine.open()
      for (let round = 0; round < 3; round++) {
        const log = await place.openLog()
        assert.equal((await log.append(testRecord())).sequence, round + 1)
        await log.close()
      }
      assert.equal(await requireVerified(place), 4)
      await place.close()
    })

    test('a closed log refuses records with AuditUnavailable', async () => {
      const place = await engine.open()
      const log = await place.openLog()
      await log.close()
      await assert.rejects(log.append(testRecord()), isUnavailable)
      assert.equal(log.health().state, 'stopped')
      await place.close()
    })

    test('a record that fits no log entry is refused, and the log goes on', () =>
      withLog(async (log) => {
        const tooLong = { id: randomGuid(), body: `{"a":"${'é'.repeat(33_000)}"` }
        await assert.rejects(
          log.append(tooLong),
          (error) => error instanceof ServiceError && error.code === 'AuditRecordTooLong',
        )
        assert.equal((await log.append(testRecord())).sequence, 1)
      }))

    test('a settled record is in the log once, and its outbox row goes', () =>
      withLog(async (log, place) => {
        const record = testRecord()
        await place.commit(record, log.lane)
        const receipts = await Promise.all([log.settle(record), log.settle(record)])
        receipts.push(await log.settle(record))
        assert.deepEqual(
          receipts.map(({ sequence }) => sequence),
          [1, 1, 1],
        )
        place.timers.pass(1000)
        await log.close()
        assert.equal(await pendingRows(place), 0)
        assert.equal(await requireVerified(place), 2)
      }))

    test('rows that a crash left in the outbox are appended at start, in their order', async () => {
      const place = await engine.open()
      const first = await place.openLog()
      await first.close()
      const records = [testRecord(), testRecord(), testRecord()]
      for (const record of records) await place.commit(record, 0)
      const log = await place.openLog()
      await log.close()
      assert.deepEqual(
        (await recordIds(place)).slice(1),
        records.map(({ id }) => id),
      )
      assert.equal(await pendingRows(place), 0)
      await place.close()
    })

    test('a row whose record is in the log already is not appended again', async () => {
      const place = await engine.open()
      const record = testRecord()
      const first = await place.openLog()
      await first.settle(record)
      await first.close()
      // As after a crash between the append and the deletion of the row.
      await place.commit(record, 0)
      await createOutboxStore(place.database).deleteSettled(0, [], 0)
      const log = await place.openLog()
      assert.equal((await log.settle(record)).sequence, 1)
      await log.close()
      assert.deepEqual((await recordIds(place)).filter((id) => id === record.id).length, 1)
      assert.equal(await pendingRows(place), 0)
      await place.close()
    })

    test('a row that nobody settles is appended while the log is open', () =>
      withLog(async (log, place) => {
        const record = testRecord()
        await place.commit(record, log.lane)
        for (let minute = 0; minute < 3; minute++) {
          place.timers.pass(60_000)
          // The receipt tells when everything queued before it is done.
          await log.append(testRecord())
        }
        await log.close()
        assert.ok((await recordIds(place)).includes(record.id))
      }))

    test('each checkpoint is copied to the place outside, which ends with the newest', async () => {
      const place = await engine.open()
      const log = await place.openLog()
      await log.append(testRecord())
      await log.close()
      const kept = openCheckpoint(await readFile(place.checkpointFile, 'utf8'), place.signer.verifier)
      assert.equal(kept?.origin, `${place.signer.verifier.name}/0`)
      assert.equal(kept?.size, 2)
      await place.close()
    })

    test('an anchor is recorded each minute that saw records, and only then', () =>
      withLog(async (log, place) => {
        const { sequence } = await log.append(testRecord())
        place.timers.pass(60_000)
        while ((await collect(place.source().groups(0, sequence + 1))).length === 0) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        place.timers.pass(180_000)
        await log.close()
        const records = await collect(tailRecords(place.source()))
        const anchors = records.filter(({ record }) => record['operationName'] === 'AuditAnchor')
        assert.equal(anchors.length, 1)
        assert.match(anchors[0]?.line ?? '', /"checkpoints":\[\{"lane":0,"size":2,"root":"[A-Za-z0-9+/]{43}="\}\]/)
        assert.equal(await requireVerified(place), 3)
      }))

    test('tail filters by members, starts near the end and follows', () =>
      withLog(async (log, place) => {
        for (let at = 0; at < 5; at++) await log.append(testRecord({ httpStatusCode: at % 2 === 0 ? 200 : 403 }))
        const filter = parseTailFilter(['operationName=secretget', 'properties.httpStatusCode=403'])
        const seen = (await collect(tailRecords(place.source(), { filter }))).map(({ sequence }) => sequence)
        assert.deepEqual(seen, [2, 4])
        const ending = new AbortController()
        const followed: number[] = []
        const pause = async () => {
          if (followed.length >= 3) ending.abort()
          else await log.append(testRecord())
        }
        for await (const { sequence } of tailRecords(place.source(), {
          follow: true,
          last: 1,
          signal: ending.signal,
          pause,
        })) {
          followed.push(sequence)
        }
        assert.deepEqual(followed, [5, 6, 7])
        assert.throws(() => parseTailFilter(['=x']), isMalformed)
      }))
  })
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.kind === 'unavailable' && error.code === 'AuditUnavailable'
}

function isMalformed(error: unknown): boolean {
  return error instanceof ServiceError && error.kind === 'malformed'
}
