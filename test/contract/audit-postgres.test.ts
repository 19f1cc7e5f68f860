/** What only the log on PostgreSQL has: several lanes, leases, and tables that someone may have changed. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { AuditLog } from '#audit/audit-log.ts'
import { exportLog } from '#audit/export.ts'
import { openExportSource } from '#audit/export-source.ts'
import { createOutboxStore } from '#audit/outbox-store.ts'
import { type TailedRecord, tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { type AuditPlace, auditEngines, smallRecord, testRecord } from '../support/audit-logs.ts'

const postgres = auditEngines.find((engine) => engine.name === 'postgres')
assert.ok(postgres)
const openPlace = () => postgres.open()
/** How long what must come may take where the machine is slow. */
const patienceMilliseconds = 60_000

async function withPlace(work: (place: AuditPlace) => Promise<void>): Promise<void> {
  const place = await openPlace()
  try {
    await work(place)
  } finally {
    await place.close()
  }
}

async function recordsOf(place: AuditPlace): Promise<readonly TailedRecord[]> {
  const records: TailedRecord[] = []
  for await (const record of tailRecords(place.source())) records.push(record)
  return records
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMilliseconds
  while (!(await condition())) {
    assert.ok(performance.now() < end, 'The awaited state did not come.')
    await delay(10)
  }
}

function hasCode(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof ServiceError && error.code === code && message.test(error.message)
}

function place(receipt: { lane: number; sequence: number }): string {
  return `${receipt.lane}/${receipt.sequence}`
}

async function appendOne(log: AuditLog): Promise<string> {
  return place(await log.append(smallRecord()))
}

describe('lanes on PostgreSQL', { skip: postgres.skip }, () => {
  test('each open log has a lane of its own, and the lowest free one is taken', () =>
    withPlace(async (at) => {
      const first = await at.openLog()
      const second = await at.openLog()
      assert.deepEqual([await appendOne(first), await appendOne(second)], ['0/1', '1/1'])
      await first.close()
      const third = await at.openLog()
      assert.equal(await appendOne(third), '0/2')
      await second.close()
      await third.close()
    }))

  test('losing the lease stops appends at once, and a lane is leased again', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      await appendOne(log)
      await at.loseLease?.()
      await until(() => log.health().state === 'stopped')
      await assert.rejects(log.append(smallRecord()), hasCode('AuditUnavailable', /cannot record/))
      at.timers.pass(1000)
      await until(() => log.health().state === 'writable')
      assert.equal(await appendOne(log), '0/2')
      await log.close()
      const verdict = await verifyLog(at.source(), { verifierKey: at.signer.verifier.verifierKey })
      assert.equal(verdict.outcome, 'verified')
    }))

  test('a lease lost to another process gives another lane, and no index twice', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      await appendOne(log)
      await at.loseLease?.()
      await until(() => log.health().state === 'stopped')
      const other = await at.openLog()
      assert.equal(await appendOne(other), '0/2')
      at.timers.pass(1000)
      await until(() => log.health().state === 'writable')
      assert.deepEqual([await appendOne(log), await appendOne(other)], ['1/1', '0/3'])
      await log.close()
      await other.close()
    }))

  test('rows of a lane that nobody holds are appended by whoever is there', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      const orphan = testRecord()
      await at.commit(orphan, 7)
      at.timers.pass(10_000)
      await until(async () => (await createOutboxStore(at.database).pending(undefined, 10)).length === 0)
      await log.close()
      const found = (await recordsOf(at)).filter(({ line }) => line.includes(orphan.id))
      assert.deepEqual(found.map(place), ['0/1'])
    }))

  test('rows of a lane that another process holds are left to it', () =>
    withPlace(async (at) => {
      const holder = await at.openLog()
      const other = await at.openLog()
      const record = testRecord()
      await at.commit(record, holder.lane)
      const receipt = await holder.settle(record)
      at.timers.pass(10_000)
      await holder.close()
      await other.close()
      assert.equal(receipt.lane, 0)
      assert.equal((await recordsOf(at)).filter(({ line }) => line.includes(record.id)).length, 1)
    }))

  test('a record that a batch brings a second time gets its first place, the others theirs', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      const known = testRecord()
      await log.append(known)
      const receipts = await Promise.all([log.append(smallRecord()), log.settle(known), log.append(smallRecord())])
      assert.deepEqual(receipts.map(place), ['0/2', '0/1', '0/3'])
      await log.close()
    }))

  test('anchors tie the lanes together, so that a lane cut back is found by another', () =>
    withPlace(async (at) => {
      const first = await at.openLog()
      const second = await at.openLog()
      await appendOne(first)
      await appendOne(second)
      at.timers.pass(60_000)
      await until(async () => (await recordsOf(at)).filter(({ line }) => line.includes('AuditAnchor')).length === 2)
      await first.close()
      await second.close()
      const verifierKey = at.signer.verifier.verifierKey
      assert.equal((await verifyLog(at.source(), { verifierKey })).outcome, 'verified')
      await at.database.system('write', async (kysely) => {
        for (const table of ['audit_record', 'audit_checkpoint']) {
          await sql`ALTER TABLE ${sql.table(table)} DISABLE TRIGGER ALL`.execute(kysely)
        }
        await kysely.deleteFrom('audit_record').where('lane', '=', 0).where('record_index', '>=', 1).execute()
        await kysely.deleteFrom('audit_checkpoint').where('lane', '=', 0).where('size', '>', 1).execute()
      })
      const verdict = await verifyLog(at.source(), { verifierKey })
      assert.equal(verdict.outcome, 'wrong')
      assert.match(
        verdict.outcome === 'wrong' ? verdict.sentence : '',
        /^Lane 0 holds 1 records, but an anchor in lane 1 says/,
      )
    }))
})

describe('the tables of the log', { skip: postgres.skip }, () => {
  test('a long lane goes on from the frontier that a checkpoint keeps', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      for (let round = 0; round < 3; round++)
        await Promise.all(Array.from({ length: 500 }, () => log.append(smallRecord())))
      await log.close()
      const kept = await at.database.system('read', (kysely) =>
        kysely.selectFrom('audit_checkpoint').select('size').where('frontier', 'is not', null).execute(),
      )
      assert.ok(kept.length > 0)
      const again = await at.openLog()
      assert.equal(await appendOne(again), '0/1501')
      await again.close()
      const verdict = await verifyLog(at.source(), { verifierKey: at.signer.verifier.verifierKey })
      assert.equal(verdict.outcome, 'verified')
    }))

  test('an export of them verifies offline', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      for (let round = 0; round < 3; round++)
        await Promise.all(Array.from({ length: 100 }, () => log.append(smallRecord())))
      await log.close()
      const folder = mkdtempSync(join(tmpdir(), 'strongroom-export-'))
      assert.deepEqual(await exportLog(at.source(), folder), [{ lane: 0, size: 301 }])
      const verdict = await verifyLog(openExportSource(folder), { verifierKey: at.signer.verifier.verifierKey })
      assert.equal(verdict.outcome, 'verified')
      rmSync(folder, { recursive: true })
    }))

  test('a failover that lost records refuses the lane, and a new one quotes both sizes when told', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      await appendOne(log)
      await appendOne(log)
      await log.close()
      await cutBack(at, 1)
      await assert.rejects(at.openLog(), hasCode('AuditLogBehind', /^Lane 0 .* holds 2 records, but .* says 3:/))
      const opened = await at.openLog({ newLane: true })
      assert.equal(await appendOne(opened), '1/1')
      await opened.close()
      const first = (await recordsOf(at)).find(({ lane }) => lane === 1)
      assert.deepEqual(first?.record['properties'], {
        httpStatusCode: 200,
        origin: `${at.signer.verifier.name}/1`,
        verifierKey: at.signer.verifier.verifierKey,
        follows: { lane: 0, size: 2, outsideSize: 3, reason: 'AuditLogBehind' },
      })
      const later = await at.openLog()
      assert.equal(later.lane, 1)
      await later.close()
    }))

  test('a changed record refuses the lane', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      await appendOne(log)
      await log.close()
      await at.database.system('write', async (kysely) => {
        await sql`ALTER TABLE audit_record DISABLE TRIGGER ALL`.execute(kysely)
        await kysely
          .updateTable('audit_record')
          .set({ line: Buffer.from('{}') })
          .where('record_index', '=', 1)
          .execute()
      })
      await assert.rejects(at.openLog(), hasCode('AuditLogBroken', /^Lane 0 of the audit log is damaged/))
    }))

  test('an outside checkpoint of another key refuses the lane', () =>
    withPlace(async (at) => {
      const log = await at.openLog()
      await log.close()
      writeFileSync(at.checkpointFile, readFileSync(at.checkpointFile, 'utf8').replace('/audit/0', '/audit/1'))
      await assert.rejects(at.openLog(), hasCode('AuditCheckpointUnreadable', /^The checkpoint kept outside/))
      await assert.rejects(at.openLog({ newLane: false }), hasCode('AuditCheckpointUnreadable', /./))
    }))

  test('a lane that is intact is not left for a new one', () =>
    withPlace(async (at) => {
      await (await at.openLog()).close()
      await assert.rejects(at.openLog({ newLane: true }), hasCode('AuditLaneIntact', /^Lane 0/))
    }))
})

/** Takes the last records away, as a failover to a standby that was behind does. */
async function cutBack(at: AuditPlace, count: number): Promise<void> {
  await at.database.system('write', async (kysely) => {
    for (const table of ['audit_record', 'audit_checkpoint']) {
      await sql`ALTER TABLE ${sql.table(table)} DISABLE TRIGGER ALL`.execute(kysely)
    }
    const { size } = await kysely
      .selectFrom('audit_checkpoint')
      .select((eb) => eb.fn.max('size').as('size'))
      .executeTakeFirstOrThrow()
    await kysely
      .deleteFrom('audit_record')
      .where('record_index', '>=', size - count)
      .execute()
    await kysely
      .deleteFrom('audit_checkpoint')
      .where('size', '>', size - count)
      .execute()
  })
}
