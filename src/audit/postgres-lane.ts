import { ServiceError } from '#base/errors.ts'
import { type JsonValue, parseStoredJson } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import { Frontier, hashLeaf, type TreeHash } from '#crypto/merkle.ts'
import type { NoteSigner } from '#crypto/note.ts'
import { type Checkpoint, laneOrigin, openCheckpoint } from './checkpoint.ts'
import { type CheckpointPlace, openCheckpointFile } from './checkpoint-place.ts'
import { refuseIfBehind } from './file-lane.ts'
import { logBroken } from './file-recovery.ts'
import type { RunSql } from './postgres-source.ts'
import type { Timers } from './timers.ts'

/**
 * A connection of its own to the database. The lease of a lane is an advisory lock of this session, so it ends with the
 * connection; integers come back as numbers, bytea as Buffers.
 */
export interface LaneSession {
  query: RunSql
  /** Runs `work` between BEGIN and a COMMIT whose success is certain when this resolves. */
  transaction<T>(work: (query: RunSql) => Promise<T>): Promise<T>
  onLost(callback: (reason: Error) => void): void
  readonly lost: boolean
  close(): Promise<void>
}

/** A lane that this session holds the lease of. */
export interface LeasedLane {
  readonly lane: number
  readonly frontier: Frontier
  /** The size of the newest checkpoint that keeps its frontier; 0 for none. */
  readonly frontierKeptAt: number
  readonly place: CheckpointPlace
  /** For a lane opened in place of another: what was found there. */
  readonly opening: Readonly<Record<string, JsonValue>>
}

export interface LeaseOptions {
  readonly signer: NoteSigner
  readonly checkpointFile: string
  readonly timers: Timers
  readonly logger: Logger
  readonly newLane?: boolean
}

/** First key of the advisory locks; the second is the lane. */
const lockClass = 1_397_903_981
const maximumLanes = 1000
const retiredName = 'audit.retired-lanes'
const recordsPerPage = 1000

/** Takes the lease of a lane if nobody holds it. */
export async function tryLockLane(query: RunSql, lane: number): Promise<boolean> {
  const [row] = await query<{ locked: number | boolean }>(
    'SELECT pg_try_advisory_lock($1::integer, $2::integer) AS locked',
    [lockClass, lane],
  )
  return row?.locked === true || row?.locked === 1
}

export async function unlockLane(query: RunSql, lane: number): Promise<void> {
  await query('SELECT pg_advisory_unlock($1::integer, $2::integer)', [lockClass, lane])
}

/**
 * Leases the lowest free lane and reads where it stands. Throws `AuditLogBehind`, `AuditLogBroken` or
 * `AuditCheckpointUnreadable` as the log on files does; with `newLane` such a lane is retired instead, and the next one
 * without records is opened.
 */
export async function leaseLane(session: LaneSession, options: LeaseOptions): Promise<LeasedLane> {
  const query: RunSql = (sql, parameters) => session.query(sql, parameters)
  const retired = await loadRetired(query)
  let opening: Readonly<Record<string, JsonValue>> = {}
  for (let lane = 0; lane < maximumLanes; lane++) {
    if (retired.includes(lane) || !(await tryLockLane(query, lane))) continue
    const standing = await inspectLane(query, lane, options)
    const { refusal, frontier, place } = standing
    if (refusal !== undefined) {
      if (options.newLane !== true) throw refusal
      opening = { follows: { lane, size: standing.size, outsideSize: standing.outsideSize, reason: refusal.code } }
      await storeRetired(query, [...retired, lane])
      await unlockLane(query, lane)
      retired.push(lane)
    } else if (options.newLane === true && frontier.size > 0) {
      if (Object.keys(opening).length === 0) {
        throw new ServiceError(
          'conflict',
          'AuditLaneIntact',
          `Lane ${lane} of the audit log is intact; no new lane is needed.`,
        )
      }
      await unlockLane(query, lane)
    } else {
      return { lane, frontier, frontierKeptAt: standing.frontierKeptAt, place, opening }
    }
  }
  throw new ServiceError('unavailable', 'AuditUnavailable', 'No lane of the audit log is free.')
}

async function loadRetired(query: RunSql): Promise<number[]> {
  const [row] = await query<{ value: string }>('SELECT value FROM installation WHERE name = $1', [retiredName])
  const lanes = row === undefined ? [] : parseStoredJson(row.value, 'The list of retired lanes')
  return Array.isArray(lanes) ? lanes.filter((lane): lane is number => typeof lane === 'number') : []
}

async function storeRetired(query: RunSql, lanes: readonly number[]): Promise<void> {
  await query(
    'INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [retiredName, JSON.stringify(lanes)],
  )
}

interface Standing {
  readonly frontier: Frontier
  readonly frontierKeptAt: number
  readonly place: CheckpointPlace
  readonly size: number | null
  readonly outsideSize: number | null
  readonly refusal: ServiceError | undefined
}

async function inspectLane(query: RunSql, lane: number, options: LeaseOptions): Promise<Standing> {
  const { signer, timers, logger } = options
  const place = openCheckpointFile({ path: options.checkpointFile, lane, timers, logger })
  const kept = await place.load()
  const outside = kept === undefined ? undefined : openCheckpoint(kept, signer.verifier)
  const outsideSize = outside?.size ?? null
  if (kept !== undefined && outside?.origin !== laneOrigin(signer.verifier.name, lane)) {
    const refusal = new ServiceError(
      'internal',
      'AuditCheckpointUnreadable',
      `The checkpoint kept outside the database for lane ${lane} of the audit log is damaged or signed by another key. Put the right one back, or remove it if you know why it is wrong.`,
    )
    return { frontier: Frontier.empty(), frontierKeptAt: 0, place, size: null, outsideSize: null, refusal }
  }
  try {
    const { frontier, frontierKeptAt } = await readFrontier(query, { lane, signer, outside })
    const { size } = frontier
    const refusal = refuseIfBehind({ lane, size, outsideSize: outsideSize ?? 0, settledIndex: 0 })
    return { frontier, frontierKeptAt, place, size, outsideSize, refusal }
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'AuditLogBroken') throw error
    return { frontier: Frontier.empty(), frontierKeptAt: 0, place, size: null, outsideSize, refusal: error }
  }
}

interface LaneToRead {
  readonly lane: number
  readonly signer: NoteSigner
  readonly outside: Checkpoint | undefined
}

/** The tree at the lane's end: from the last checkpoint that kept its frontier, and the records after it. */
async function readFrontier(
  query: RunSql,
  reading: LaneToRead,
): Promise<{ readonly frontier: Frontier; readonly frontierKeptAt: number }> {
  const { lane, outside } = reading
  const [newest] = await query<{ size: number; note: Buffer }>(
    'SELECT size, note FROM audit_checkpoint WHERE lane = $1 ORDER BY size DESC LIMIT 1',
    [lane],
  )
  const [beyond] = await query<{ record_index: number }>(
    'SELECT record_index FROM audit_record WHERE lane = $1 ORDER BY record_index DESC LIMIT 1',
    [lane],
  )
  const size = newest?.size ?? 0
  if ((beyond?.record_index ?? -1) + 1 !== size)
    throw logBroken(lane, `it holds other records than its ${size} signed ones`)
  if (newest === undefined) return { frontier: Frontier.empty(), frontierKeptAt: 0 }
  const frontier = await readBase(query, reading)
  const frontierKeptAt = frontier.size
  for (;;) {
    const rows = await query<{ record_index: number; line: Buffer }>(
      'SELECT record_index, line FROM audit_record WHERE lane = $1 AND record_index >= $2 ORDER BY record_index LIMIT $3',
      [lane, frontier.size, recordsPerPage],
    )
    for (const row of rows) {
      if (row.record_index !== frontier.size) throw logBroken(lane, `record ${frontier.size} is missing`)
      frontier.append(hashLeaf(row.line))
      if (outside?.size === frontier.size && outside.root !== frontier.root()) {
        throw logBroken(lane, `its first ${frontier.size} records are not those the checkpoint kept outside signs`)
      }
    }
    if (rows.length < recordsPerPage) break
  }
  requireSigned(newest.note, frontier, reading)
  return { frontier, frontierKeptAt }
}

async function readBase(query: RunSql, reading: LaneToRead): Promise<Frontier> {
  const { lane } = reading
  const [base] = await query<{ size: number; note: Buffer; frontier: Buffer }>(
    'SELECT size, note, frontier FROM audit_checkpoint WHERE lane = $1 AND frontier IS NOT NULL ORDER BY size DESC LIMIT 1',
    [lane],
  )
  if (base === undefined) return Frontier.empty()
  const frontier = Frontier.restore(base.size, unpackPeaks(base.frontier))
  if (frontier === undefined)
    throw logBroken(lane, `the tree kept with the checkpoint of ${base.size} records was altered`)
  requireSigned(base.note, frontier, reading)
  return frontier
}

function requireSigned(note: Buffer, frontier: Frontier, { lane, signer }: LaneToRead): void {
  const checkpoint = openCheckpoint(note.toString('utf8'), signer.verifier)
  const isRight =
    checkpoint?.origin === laneOrigin(signer.verifier.name, lane) &&
    checkpoint.size === frontier.size &&
    checkpoint.root === frontier.root()
  if (!isRight) throw logBroken(lane, `the checkpoint of ${frontier.size} records or a record before it was altered`)
}

const hashLength = 32

/** A frontier's peaks as one run of bytes. */
export function packPeaks(frontier: Frontier): Buffer {
  return Buffer.from(frontier.peaks.join(''), 'latin1')
}

function unpackPeaks(bytes: Buffer): readonly TreeHash[] {
  const peaks: TreeHash[] = []
  for (let at = 0; at < bytes.length; at += hashLength) peaks.push(bytes.toString('latin1', at, at + hashLength))
  return peaks
}
