import type { Kysely } from 'kysely'
import { trustGuid } from '#base/ids.ts'
import type { Database } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import type { PendingRecord } from './audit-log.ts'
import type { OutboxStore } from './outbox.ts'

/**
 * Puts a record into the outbox of a lane, inside the transaction of the write it belongs to: both are there or neither.
 * The caller hands the record to `AuditLog.settle` after the commit.
 */
export async function insertOutbox(
  kysely: Kysely<Schema>,
  record: PendingRecord,
  lane: number,
  tenant: string,
): Promise<void> {
  await kysely
    .insertInto('audit_outbox')
    .values({ record_id: record.id, tenant_id: tenant, lane, body: record.body })
    .execute()
}

/** Rows deleted by one statement: engines limit the number of parameters. */
const deleteCount = 500

/** The outbox as the log on files uses it. */
export function createOutboxStore(database: Database): OutboxStore {
  return {
    async pending(lane, limit) {
      const rows = await database.system('read', (kysely) => {
        const query = kysely.selectFrom('audit_outbox').select(['record_id', 'body']).orderBy('position').limit(limit)
        return (lane === undefined ? query : query.where('lane', '=', lane)).execute()
      })
      return rows.map((row) => ({ id: trustGuid(row.record_id), body: row.body }))
    },
    async deleteSettled(lane, recordIds, settledIndex) {
      await database.system('write', async (kysely) => {
        for (let at = 0; at < recordIds.length; at += deleteCount) {
          const ids = recordIds.slice(at, at + deleteCount)
          await kysely.deleteFrom('audit_outbox').where('record_id', 'in', ids).execute()
        }
        await kysely
          .insertInto('installation')
          .values({ name: settledIndexName(lane), value: String(settledIndex) })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: String(settledIndex) }))
          .execute()
      })
    },
    async settledIndex(lane) {
      const row = await database.system('read', (kysely) =>
        kysely.selectFrom('installation').select('value').where('name', '=', settledIndexName(lane)).executeTakeFirst(),
      )
      return row === undefined ? 0 : Number(row.value)
    },
  }
}

function settledIndexName(lane: number): string {
  return `audit.settled-index.${lane}`
}
