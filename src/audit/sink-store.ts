import { sql } from 'kysely'
import type { TenantId } from '#base/ids.ts'
import type { Database } from '#storage/database.ts'

/** How long a server process may deliver to a sink before it must say again that it does. */
const claimMilliseconds = 60_000

/** Who delivers to a sink, and how far it has got; kept in the database, so that a restart or another process goes on. */
export interface SinkStore {
  /**
   * Takes or keeps the sink for `holder` for a minute; undefined while another process has it. `kept`: no other has had it since
   * `holder` last claimed it.
   */
  claim(sink: string, holder: string): Promise<'taken' | 'kept' | undefined>
  /** Gives the sink free for others. */
  release(sink: string, holder: string): Promise<void>
  /** The first record of the lane that is not delivered; undefined for a lane that the sink has never seen. */
  cursor(sink: string, lane: number): Promise<number | undefined>
  /** Moves the cursor; false, and nothing is moved, when the holder has lost the sink. */
  save(sink: string, holder: string, place: { readonly lane: number; readonly next: number }): Promise<boolean>
}

/** `tenant` is any tenant of the installation: its writes say what time it is in the database. */
export function createSinkStore(database: Pick<Database, 'system' | 'write'>, tenant: TenantId): SinkStore {
  return {
    claim: (sink, holder) =>
      database.write({ tenant }, async ({ kysely, now }) => {
        const claim = { holder, ends_at: now.getTime() + claimMilliseconds }
        const before = await kysely
          .selectFrom('audit_sink_claim')
          .select('holder')
          .where('sink', '=', sink)
          .executeTakeFirst()
        const result = await kysely
          .insertInto('audit_sink_claim')
          .values({ sink, ...claim })
          .onConflict((conflict) =>
            conflict
              .column('sink')
              .doUpdateSet(claim)
              .where((builder) =>
                builder.or([
                  builder('audit_sink_claim.holder', '=', holder),
                  builder('audit_sink_claim.ends_at', '<', now.getTime()),
                ]),
              ),
          )
          .executeTakeFirst()
        if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return undefined
        return before?.holder === holder ? 'kept' : 'taken'
      }),
    async release(sink, holder) {
      await database.system('write', (kysely) =>
        kysely.deleteFrom('audit_sink_claim').where('sink', '=', sink).where('holder', '=', holder).execute(),
      )
    },
    async cursor(sink, lane) {
      const row = await database.system('read', (kysely) =>
        kysely
          .selectFrom('audit_sink_cursor')
          .select('next_index')
          .where('sink', '=', sink)
          .where('lane', '=', lane)
          .executeTakeFirst(),
      )
      return row?.next_index
    },
    save: (sink, holder, { lane, next }) =>
      database.system('write', async (kysely) => {
        const held = await kysely
          .selectFrom('audit_sink_claim')
          .select(sql<number>`1`.as('held'))
          .where('sink', '=', sink)
          .where('holder', '=', holder)
          .executeTakeFirst()
        if (held === undefined) return false
        await kysely
          .insertInto('audit_sink_cursor')
          .values({ sink, lane, next_index: next })
          .onConflict((conflict) => conflict.columns(['sink', 'lane']).doUpdateSet({ next_index: next }))
          .execute()
        return true
      }),
  }
}
