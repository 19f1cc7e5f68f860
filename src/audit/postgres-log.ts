import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { trustGuid } from '#base/ids.ts'
import type { JsonValue } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { encodeTreeHash } from '#crypto/merkle.ts'
import type { NoteSigner } from '#crypto/note.ts'
import { UniqueViolation } from '#storage/database.ts'
import { type AuditHealth, type AuditLog, type AuditReceipt, makeReceipt, type PendingRecord } from './audit-log.ts'
import { laneOrigin, readUnverifiedCheckpoint } from './checkpoint.ts'
import { type Group, GroupBuilder } from './group.ts'
import { auditUnavailable, GroupQueue, type QueuedRecord } from './group-queue.ts'
import { type LogEventName, makeLogEvent } from './log-event.ts'
import { type LaneSession, type LeasedLane, leaseLane, packPeaks, tryLockLane, unlockLane } from './postgres-lane.ts'
import type { RunSql } from './postgres-source.ts'
import type { Timers } from './timers.ts'

export interface PostgresLogOptions {
  /** Opens a connection of its own, outside any pool. */
  readonly connect: () => Promise<LaneSession>
  /** The file outside the database that each checkpoint is copied to; one for lane 0, others beside it. */
  readonly checkpointFile: string
  readonly signer: NoteSigner
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Retires a lane that start refuses and opens another, whose first record quotes what was found. */
  readonly newLane?: boolean
}

const retryMilliseconds = 1000
const anchorMilliseconds = 60_000
const sweepMilliseconds = 10_000
const sweepCount = 500
/** The frontier is kept with a checkpoint about every so many records; start hashes only what came after. */
const frontierEvery = 1024

/**
 * Opens the log in the tables of PostgreSQL: leases the lowest free lane and appends what committed writes have left in
 * its outbox. While the lease's connection is lost, nothing can be recorded; then a lane, perhaps another one, is leased
 * again. Throws what `leaseLane` documents, and `unavailable` without a database.
 */
export async function openPostgresLog(options: PostgresLogOptions): Promise<AuditLog> {
  const log = new PostgresLog(options)
  await log.start()
  return log
}

interface Lease extends LeasedLane {
  readonly session: LaneSession
  frontierKeptAt: number
}

class PostgresLog implements AuditLog {
  readonly #options: PostgresLogOptions
  readonly #queue = new GroupQueue((batch) => this.#commit(batch))
  readonly #builder = new GroupBuilder()
  /** Outbox records under way, so that a sweep and the writer's own `settle` share one place. */
  readonly #underWay = new Map<string, Promise<AuditReceipt>>()
  #lease: Lease | undefined
  #frontier: LeasedLane['frontier'] | undefined
  #lane = 0
  #sweptPosition: number | undefined
  #anchoredSize = 0
  #cancels = new Map<string, () => void>()
  #working: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: PostgresLogOptions) {
    this.#options = options
  }

  /** The lane leased now or last; changes when a lost lease is replaced. */
  get lane(): number {
    return this.#lane
  }

  append(record: PendingRecord): Promise<AuditReceipt> {
    return this.#queue.append(record, false)
  }

  settle(record: PendingRecord): Promise<AuditReceipt> {
    const known = this.#underWay.get(record.id)
    if (known !== undefined) return known
    const place = this.#queue.append(record, true).finally(() => this.#underWay.delete(record.id))
    this.#underWay.set(record.id, place)
    return place
  }

  health(): AuditHealth {
    return this.#queue.health()
  }

  async start(): Promise<void> {
    try {
      await this.#acquire(this.#options.newLane ?? false)
    } catch (error) {
      await this.close()
      throw error
    }
    this.#every('anchor', anchorMilliseconds, () => this.#anchor())
    this.#every('sweep', sweepMilliseconds, () => this.#sweep())
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancels.values()) cancel()
    await this.#working
    await this.#queue.drain()
    this.#isClosed = true
    this.#queue.stop('The audit log is closed.')
    const lease = this.#lease
    this.#lease = undefined
    await lease?.place.close()
    await lease?.session.close()
  }

  /** Runs `work` again and again, one kind of work at a time, while there is a lease. */
  #every(name: string, milliseconds: number, work: () => Promise<void>): void {
    const cancel = this.#options.timers.after(milliseconds, () => {
      this.#inTurn(async () => {
        if (this.#lease !== undefined) await work()
      })
      if (!this.#isClosed) this.#every(name, milliseconds, work)
    })
    this.#cancels.set(name, cancel)
  }

  #inTurn(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((cause: unknown) => {
      this.#options.logger.warn('Work on the audit log failed; it is tried again.', { code: errorCode(cause) })
    })
  }

  async #acquire(newLane: boolean): Promise<void> {
    const { connect, signer, checkpointFile, timers, logger } = this.#options
    const session = await connect()
    try {
      const leased = await leaseLane(session, { signer, checkpointFile, timers, logger, newLane })
      if (this.#isClosed) throw auditUnavailable()
      const lease = { ...leased, session }
      this.#lease = lease
      this.#frontier = leased.frontier
      this.#lane = leased.lane
      this.#anchoredSize = leased.frontier.size
      this.#sweptPosition = undefined
      session.onLost(() => this.#lose(lease, 'The connection that holds the lane of the audit log was lost.'))
    } catch (error) {
      await session.close()
      throw error
    }
    this.#queue.resume()
    if (this.#frontier.size === 0) {
      const properties = {
        origin: laneOrigin(signer.verifier.name, this.#lane),
        verifierKey: signer.verifier.verifierKey,
        ...this.#lease.opening,
      }
      await this.#queue.append(this.#event('AuditLaneOpened', properties), false)
    }
    this.#inTurn(() => this.#sweep())
    await this.#working
  }

  #event(name: LogEventName, properties: Readonly<Record<string, JsonValue>>): PendingRecord {
    return makeLogEvent({ id: randomGuid(), time: this.#options.clock.now(), name, properties })
  }

  /** Stops appends at once: without the session there is no lease. Tries for a lane again every second. */
  #lose(lease: Lease, reason: string): void {
    if (this.#lease !== lease) return
    this.#lease = undefined
    this.#frontier = undefined
    this.#queue.stop(reason)
    this.#options.logger.error(reason)
    this.#inTurn(async () => {
      await lease.place.close()
      await lease.session.close()
    })
    this.#acquireLater()
  }

  #acquireLater(): void {
    if (this.#isClosed) return
    this.#cancels.get('acquire')?.()
    const cancel = this.#options.timers.after(retryMilliseconds, () => {
      this.#acquire(false).catch((cause: unknown) => {
        if (this.#lease !== undefined) return
        if (cause instanceof ServiceError) this.#queue.stop(cause.message)
        this.#options.logger.warn('No lane of the audit log could be leased; it is tried again.', {
          code: errorCode(cause),
        })
        this.#acquireLater()
      })
    })
    this.#cancels.set('acquire', cancel)
  }

  async #commit(batch: readonly QueuedRecord[]): Promise<readonly AuditReceipt[]> {
    const lease = this.#lease
    if (lease === undefined) throw auditUnavailable()
    try {
      return await this.#appendBatch(lease, batch, [])
    } catch (error) {
      const failure = error instanceof UniqueViolation ? await this.#placeAgain(lease, batch) : { error }
      if ('receipts' in failure) return failure.receipts
      this.#lose(lease, 'The database did not take the audit records.')
      throw auditUnavailable(failure.error)
    }
  }

  /** Some of the batch is in the log already: those get their first place, the others are appended. */
  async #placeAgain(
    lease: Lease,
    batch: readonly QueuedRecord[],
  ): Promise<{ readonly receipts: readonly AuditReceipt[] } | { readonly error: unknown }> {
    try {
      const rows = await lease.session.query<{ record_id: string; lane: number; record_index: number }>(
        `SELECT record_id, lane, record_index FROM audit_record
          WHERE record_id IN (SELECT jsonb_array_elements_text($1::jsonb))`,
        [JSON.stringify(batch.map((queued) => queued.record.id))],
      )
      // None: then it was the lane's index that was taken, and somebody else writes this lane.
      if (rows.length === 0) return { error: new Error('The lane is written by another process.') }
      const places = new Map(rows.map((row) => [row.record_id, makeReceipt(row.lane, row.record_index)]))
      const rest = batch.filter((queued) => !places.has(queued.record.id))
      const appended = await this.#appendBatch(lease, rest, [...places.keys()])
      rest.forEach((queued, at) => {
        const receipt = appended[at]
        if (receipt !== undefined) places.set(queued.record.id, receipt)
      })
      const receipts = batch.map((queued) => places.get(queued.record.id))
      return { receipts: receipts.filter((receipt) => receipt !== undefined) }
    } catch (error) {
      return { error }
    }
  }

  async #appendBatch(
    lease: Lease,
    batch: readonly QueuedRecord[],
    settledBefore: readonly string[],
  ): Promise<readonly AuditReceipt[]> {
    const { signer } = this.#options
    const frontier = this.#frontier
    if (frontier === undefined) throw auditUnavailable()
    const settled = [...settledBefore, ...batch.filter((queued) => queued.fromOutbox).map((queued) => queued.record.id)]
    if (batch.length === 0) {
      await lease.session.transaction((query) => deleteOutbox(query, settled))
      return []
    }
    const group = this.#builder.build(
      batch.map((queued) => queued.record.body),
      { lane: lease.lane, origin: laneOrigin(signer.verifier.name, lease.lane), signer, frontier },
    )
    const { size } = group.frontier
    const keepsFrontier = size - lease.frontierKeptAt >= frontierEvery
    await lease.session.transaction(async (query) => {
      await insertGroup(query, { lane: lease.lane, group, ids: batch.map((queued) => queued.record.id), keepsFrontier })
      if (settled.length > 0) await deleteOutbox(query, settled)
    })
    if (keepsFrontier) lease.frontierKeptAt = size
    // The lease may have been lost after the commit; the next lease reads its own tree.
    if (this.#lease === lease) this.#frontier = group.frontier
    lease.place.offer(group.note)
    return batch.map((_, at) => makeReceipt(lease.lane, group.firstIndex + at))
  }

  /** Appends rows that were left over: of this lane, and of lanes that nobody holds. */
  async #sweep(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined) return
    const query: RunSql = (sql, parameters) => lease.session.query(sql, parameters)
    await this.#sweepLane(query, lease.lane, this.#sweptPosition)
    const [newest] = await query<{ position: number | null }>('SELECT max(position) AS position FROM audit_outbox')
    // Rows of this lane that are younger than the last sweep have a writer that settles them itself.
    this.#sweptPosition = newest?.position ?? 0
    const others = await query<{ lane: number }>('SELECT DISTINCT lane FROM audit_outbox WHERE lane <> $1', [
      lease.lane,
    ])
    for (const { lane } of others) {
      if (!(await tryLockLane(query, lane))) continue
      try {
        await this.#sweepLane(query, lane, undefined)
      } finally {
        if (!lease.session.lost) await unlockLane(query, lane)
      }
    }
  }

  async #sweepLane(query: RunSql, lane: number, until: number | undefined): Promise<void> {
    for (;;) {
      const rows = await query<{ record_id: string; body: string }>(
        'SELECT record_id, body FROM audit_outbox WHERE lane = $1 AND position <= $2 ORDER BY position LIMIT $3',
        [lane, until ?? Number.MAX_SAFE_INTEGER, sweepCount],
      )
      await Promise.all(rows.map((row) => this.settle({ id: trustGuid(row.record_id), body: row.body })))
      if (rows.length < sweepCount) return
    }
  }

  async #anchor(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined || this.#frontier?.size === this.#anchoredSize) return
    const rows = await lease.session.query<{ lane: number; size: number; note: Buffer }>(
      `SELECT c.lane, c.size, c.note
        FROM generate_series(0, (SELECT max(lane) FROM audit_checkpoint)) AS l (lane),
          LATERAL (SELECT lane, size, note FROM audit_checkpoint WHERE lane = l.lane ORDER BY size DESC LIMIT 1) AS c
        ORDER BY c.lane LIMIT 400`,
    )
    const checkpoints = rows.map(({ lane, size, note }) => {
      const root = readUnverifiedCheckpoint(note.toString('utf8'))?.root ?? ''
      return { lane, size, root: encodeTreeHash(root) }
    })
    const receipt = await this.#queue.append(this.#event('AuditAnchor', { checkpoints }), false)
    this.#anchoredSize = receipt.sequence + 1
  }
}

interface GroupToInsert {
  readonly lane: number
  readonly group: Group
  readonly ids: readonly string[]
  readonly keepsFrontier: boolean
}

async function insertGroup(query: RunSql, { lane, group, ids, keepsFrontier }: GroupToInsert): Promise<void> {
  const records = group.lines.map((line, at) => ({
    i: group.firstIndex + at,
    id: ids[at],
    o: line.start + 1,
    n: line.end - line.start,
  }))
  await query(
    `WITH appended AS (
      INSERT INTO audit_record (lane, record_index, record_id, line)
      SELECT $1::bigint, r.i, r.id, substring($3::bytea FROM r.o FOR r.n)
        FROM jsonb_to_recordset($2::jsonb) AS r (i bigint, id text, o integer, n integer)
    )
    INSERT INTO audit_checkpoint (lane, size, note, frontier) VALUES ($1::bigint, $4::bigint, $5::bytea, $6::bytea)`,
    [
      lane,
      JSON.stringify(records),
      group.frame,
      group.frontier.size,
      Buffer.from(group.note, 'utf8'),
      keepsFrontier ? packPeaks(group.frontier) : null,
    ],
  )
}

async function deleteOutbox(query: RunSql, recordIds: readonly string[]): Promise<void> {
  await query('DELETE FROM audit_outbox WHERE record_id IN (SELECT jsonb_array_elements_text($1::jsonb))', [
    JSON.stringify(recordIds),
  ])
}

function errorCode(error: unknown): string {
  return error instanceof ServiceError ? error.code : error instanceof Error ? error.name : 'unknown'
}
