import { ServiceError } from '#base/errors.ts'
import type { JsonValue } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import { Frontier } from '#crypto/merkle.ts'
import type { NoteSigner } from '#crypto/note.ts'
import { type Checkpoint, laneOrigin, openCheckpoint } from './checkpoint.ts'
import { type CheckpointPlace, openCheckpointFile } from './checkpoint-place.ts'
import { type RecoveredLane, recoverLane } from './file-recovery.ts'
import { lanePath, listLanes } from './lane-directory.ts'
import type { OutboxStore } from './outbox.ts'
import type { Timers } from './timers.ts'

/** The lane a file log writes, and what its first record says if it is new. */
export interface LaneStart {
  readonly lane: number
  readonly recovered: RecoveredLane
  readonly settledIndex: number
  readonly place: CheckpointPlace
  /** For a lane opened in place of another: what was found there. */
  readonly opening: Readonly<Record<string, JsonValue>>
}

export interface LaneChoice {
  readonly directory: string
  readonly checkpointFile: string
  readonly signer: NoteSigner
  readonly outbox: OutboxStore
  readonly timers: Timers
  readonly logger: Logger
  readonly newLane?: boolean
}

interface Standing {
  readonly recovered: RecoveredLane | undefined
  readonly outside: Checkpoint | undefined
  readonly settledIndex: number
  readonly place: CheckpointPlace
  readonly refusal: ServiceError | undefined
}

const nothing: RecoveredLane = {
  frontier: Frontier.empty(),
  note: undefined,
  position: undefined,
  tornBytes: 0,
  emptySegment: undefined,
}

/**
 * The newest lane that holds records, or with `newLane` the one after it. A lane that only has a folder counts for
 * nothing: making one must not be a way around a refusal. Throws what `openFileLog` documents.
 */
export async function chooseFileLane(choice: LaneChoice): Promise<LaneStart> {
  let lane = (await listLanes(choice.directory)).at(-1) ?? 0
  let standing = await inspectLane(choice, lane)
  while (lane > 0 && standing.refusal === undefined && standing.recovered?.note === undefined) {
    standing = await inspectLane(choice, --lane)
  }
  if (choice.newLane !== true) {
    if (standing.refusal !== undefined) throw standing.refusal
    const { recovered = nothing, settledIndex, place } = standing
    return { lane, recovered, settledIndex, place, opening: {} }
  }
  if (standing.refusal === undefined) {
    throw new ServiceError(
      'conflict',
      'AuditLaneIntact',
      `Lane ${lane} of the audit log is intact; no new lane is needed.`,
    )
  }
  const next = await inspectLane(choice, lane + 1)
  if (next.refusal !== undefined) throw next.refusal
  return {
    lane: lane + 1,
    recovered: next.recovered ?? nothing,
    settledIndex: 0,
    place: next.place,
    opening: {
      follows: {
        lane,
        size: standing.recovered?.frontier.size ?? null,
        outsideSize: standing.outside?.size ?? null,
        settledIndex: standing.settledIndex,
        reason: standing.refusal.code,
      },
    },
  }
}

async function inspectLane(choice: LaneChoice, lane: number): Promise<Standing> {
  const { signer, outbox, timers, logger } = choice
  const { verifier } = signer
  const origin = laneOrigin(verifier.name, lane)
  const place = openCheckpointFile({ path: choice.checkpointFile, lane, timers, logger })
  const settledIndex = await outbox.settledIndex(lane)
  const kept = await place.load()
  const outside = kept === undefined ? undefined : openCheckpoint(kept, verifier)
  if (kept !== undefined && outside?.origin !== origin) {
    const refusal = new ServiceError(
      'internal',
      'AuditCheckpointUnreadable',
      `The checkpoint kept outside the data directory for lane ${lane} of the audit log is damaged or signed by another key. Put the right one back, or remove it if you know why it is wrong.`,
    )
    return { recovered: undefined, outside: undefined, settledIndex, place, refusal }
  }
  try {
    const recovered = await recoverLane({
      directory: lanePath(choice.directory, lane),
      lane,
      origin,
      verifier,
      outside,
    })
    const { size } = recovered.frontier
    const refusal = refuseIfBehind({ lane, size, outsideSize: outside?.size ?? 0, settledIndex })
    if (outside === undefined && size > 0) {
      logger.warn('No checkpoint of the audit log is kept outside the data directory; from now on there is one.', {
        lane,
        size,
      })
    }
    return { recovered, outside, settledIndex, place, refusal }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { recovered: undefined, outside, settledIndex, place, refusal: error }
  }
}

/** The refusal of a lane that holds fewer records than were once acknowledged. */
export function refuseIfBehind(sizes: {
  readonly lane: number
  readonly size: number
  readonly outsideSize: number
  readonly settledIndex: number
}): ServiceError | undefined {
  const { lane, size, outsideSize, settledIndex } = sizes
  if (outsideSize <= size && settledIndex <= size) return undefined
  const witness =
    outsideSize > size
      ? `the checkpoint kept outside it says ${outsideSize}`
      : `the database says that ${settledIndex} were written`
  return new ServiceError(
    'internal',
    'AuditLogBehind',
    `Lane ${lane} of the audit log holds ${size} records, but ${witness}: records were lost, or an older copy was put back. Put the newest copy back, or open a new lane, which records both numbers.`,
  )
}
