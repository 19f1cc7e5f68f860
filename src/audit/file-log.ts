import { mkdir, statfs } from 'node:fs/promises'
import type { Clock } from '#base/clock.ts'
import type { JsonValue } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { encodeTreeHash, Frontier } from '#crypto/merkle.ts'
import type { NoteSigner } from '#crypto/note.ts'
import { type AuditHealth, type AuditLog, type AuditReceipt, makeReceipt, type PendingRecord } from './audit-log.ts'
import { laneOrigin, signCheckpoint } from './checkpoint.ts'
import type { CheckpointPlace } from './checkpoint-place.ts'
import { areFilesUsedUp, type OpenDurableFile, openDurableFile, systemErrorCode } from './durable-file.ts'
import { chooseFileLane, type LaneStart } from './file-lane.ts'
import { GroupBuilder } from './group.ts'
import { GroupQueue, type QueuedRecord } from './group-queue.ts'
import { compressSegment, lanePath, listSegments, makeLaneDirectory, removeSegment } from './lane-directory.ts'
import { type LogEventName, makeLogEvent } from './log-event.ts'
import { OutboxSettler, type OutboxStore } from './outbox.ts'
import { findRecords } from './segment-source.ts'
import { NoRoom, SegmentWriter } from './segment-writer.ts'
import type { Timers } from './timers.ts'

export interface FileLogOptions {
  /** `DIR/audit`; made if absent. */
  readonly directory: string
  /** The file outside DIR that each checkpoint is copied to; one for lane 0, others beside it. */
  readonly checkpointFile: string
  readonly signer: NoteSigner
  readonly outbox: OutboxStore
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** The log can never go on in this process: a write or a sync failed. The caller ends the process. */
  readonly onFatal: (error: unknown) => void
  /** Leaves a lane that start refuses and opens the next one, whose first record quotes what was found. */
  readonly newLane?: boolean
  /** Default: 8 MiB. Start reads the newest segment whole. */
  readonly segmentBytes?: number
  /** Size of the file of zeros that the next segment, or the rest of the log on a full disk, is written into. Default: 8 MiB. */
  readonly reserveBytes?: number
  readonly openFile?: OpenDurableFile
}

/**
 * Segments are written into files of zeros: overwriting costs half the processor time and a third of the latency of growing a
 * file, whose every durable write is a transaction of the file system besides.
 */
const defaultSegmentBytes = 8 * 1024 * 1024
const defaultReserveBytes = defaultSegmentBytes
const probeMilliseconds = 1000
const anchorMilliseconds = 60_000
const compressMilliseconds = 1000
/** Closed segments are compressed while no more than so many records come between two looks: the work can wait. */
const quietRecords = 500
/** More closed segments than this, or than take a quarter of what the disk has left, are compressed whatever the load. */
const maximumUncompressed = 512
const shareOfFreeSpace = 1 / 4
/** Few at a time, so that calls hardly wait for it; more than can be filled in that time. */
const segmentsPerLook = 5
/** More outbox rows than a second of writes can leave over. */
const maximumLeftOver = 100_000

/**
 * Opens the log on files: finds the lane's end, cuts a torn tail and records the cut, appends what committed writes have
 * left in the outbox. Resolves also when the disk is full; `health` then says `stopped` until there is room.
 *
 * Throws `internal` / `AuditLogBehind` when the checkpoint kept outside or the settled index is ahead of the log,
 * `AuditLogBroken` when the newest segment is damaged, `AuditCheckpointUnreadable` when the outside checkpoint is not one of
 * this log, and `conflict` / `AuditLaneIntact` for `newLane` without such a reason.
 */
export async function openFileLog(options: FileLogOptions): Promise<AuditLog> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const start = await chooseFileLane(options)
  const directory = await makeLaneDirectory(options.directory, start.lane)
  if (start.recovered.emptySegment !== undefined) await removeSegment(directory, start.recovered.emptySegment)
  const log = new FileLog(options, start)
  await log.start()
  return log
}

class FileLog implements AuditLog {
  readonly lane: number
  readonly #options: FileLogOptions
  readonly #start: LaneStart
  readonly #directory: string
  readonly #origin: string
  readonly #place: CheckpointPlace
  readonly #queue = new GroupQueue((batch) => this.#commit(batch))
  readonly #builder = new GroupBuilder()
  readonly #settler: OutboxSettler
  #writer: SegmentWriter | undefined
  #frontier: Frontier
  #note: string
  /** Records about the log itself that could not be written yet. */
  #owed: PendingRecord[] = []
  #closedSegments: number[] = []
  /** What makes reserves goes one after the other; compressing, which can wait, must not hold it up. */
  #reserving: Promise<void> = Promise.resolve()
  #compressing: Promise<void> = Promise.resolve()
  #anchoredSize: number
  #isAnchoring = false
  #cancelAnchor: () => void
  #cancelCompress: (() => void) | undefined
  #cancelProbe: (() => void) | undefined
  #isEnded = false

  constructor(options: FileLogOptions, start: LaneStart) {
    const { signer, timers } = options
    this.lane = start.lane
    this.#options = options
    this.#start = start
    this.#directory = lanePath(options.directory, start.lane)
    this.#origin = laneOrigin(signer.verifier.name, start.lane)
    this.#place = start.place
    this.#frontier = start.recovered.frontier
    this.#note =
      start.recovered.note ?? signCheckpoint(signer, { origin: this.#origin, size: 0, root: Frontier.empty().root() })
    this.#anchoredSize = this.#frontier.size
    this.#settler = new OutboxSettler(
      {
        store: options.outbox,
        lane: this.lane,
        append: (record) => this.#queue.append(record, true),
        size: () => this.#frontier.size,
        timers,
        logger: options.logger,
      },
      start.settledIndex,
    )
    this.#cancelAnchor = timers.after(anchorMilliseconds, () => this.#anchor())
  }

  append(record: PendingRecord): Promise<AuditReceipt> {
    return this.#queue.append(record, false)
  }

  settle(record: PendingRecord): Promise<AuditReceipt> {
    return this.#settler.settle(record)
  }

  health(): AuditHealth {
    return this.#queue.health()
  }

  durableSize(): number {
    return this.#frontier.size
  }

  async close(): Promise<void> {
    this.#cancelAnchor()
    this.#cancelCompress?.()
    this.#cancelProbe?.()
    await this.#compressing
    await this.#reserving
    await this.#queue.drain()
    this.#isEnded = true
    this.#queue.stop('The audit log is closed.')
    await this.#settler.close()
    await this.#place.close()
    await this.#writer?.close()
  }

  async start(): Promise<void> {
    const { recovered, opening, settledIndex } = this.#start
    const writerOptions = {
      directory: this.#directory,
      segmentBytes: this.#options.segmentBytes ?? defaultSegmentBytes,
      reserveBytes: this.#options.reserveBytes ?? defaultReserveBytes,
      openFile: this.#options.openFile ?? openDurableFile,
      onClosed: (firstIndex: number) => this.#maintain([firstIndex]),
    }
    this.#writer = await SegmentWriter.open(writerOptions, recovered.position)
    // The first segment of a lane is to be written into zeros, too. A full disk is met where it matters: at the first write.
    if (recovered.position === undefined) await this.#writer.ensureReserve()
    if (recovered.note !== undefined) this.#place.offer(recovered.note)
    if (recovered.frontier.size === 0) this.#owed.push(this.#event('AuditLaneOpened', this.#laneOpened(opening)))
    if (recovered.tornBytes > 0) {
      this.#owed.push(this.#event('AuditTailCut', { size: recovered.frontier.size, bytes: recovered.tornBytes }))
    }
    const left = await this.#options.outbox.pending(undefined, maximumLeftOver)
    if (left.length > 0) {
      const ids = new Set<string>(left.map((row) => row.id))
      const search = { lane: this.lane, from: settledIndex, until: recovered.frontier.size, ids }
      for (const found of await findRecords(this.#options.directory, search)) {
        this.#settler.recall(found.id, makeReceipt(this.lane, found.sequence))
      }
    }
    // Listed before anything is written: a segment that is closed from here on is named as it closes.
    const closed = (await listSegments(this.#directory)).slice(0, -1).filter((segment) => !segment.compressed)
    await this.#catchUp()
    this.#maintain(closed.map((segment) => segment.firstIndex))
    this.#compressLater()
  }

  #laneOpened(opening: Readonly<Record<string, JsonValue>>): Readonly<Record<string, JsonValue>> {
    return { origin: this.#origin, verifierKey: this.#options.signer.verifier.verifierKey, ...opening }
  }

  #event(name: LogEventName, properties: Readonly<Record<string, JsonValue>>): PendingRecord {
    return makeLogEvent({ id: randomGuid(), time: this.#options.clock.now(), name, properties })
  }

  async #commit(batch: readonly QueuedRecord[]): Promise<readonly AuditReceipt[]> {
    const { signer } = this.#options
    try {
      if (this.#writer === undefined) throw new NoRoom()
      const group = this.#builder.build(
        batch.map((queued) => queued.record.body),
        { lane: this.lane, origin: this.#origin, signer, frontier: this.#frontier },
      )
      await this.#writer.write(group, { peaks: this.#frontier.peaks, note: this.#note })
      this.#frontier = group.frontier
      this.#note = group.note
      this.#place.offer(group.note)
      return batch.map((_, at) => makeReceipt(this.lane, group.firstIndex + at))
    } catch (error) {
      if (error instanceof NoRoom) this.#stopUntilRoom(error)
      else this.#end(error)
      throw error
    }
  }

  #stopUntilRoom({ cause }: NoRoom): void {
    const reason = areFilesUsedUp(cause)
      ? 'No file can be opened for the audit log: the limit of open files is reached.'
      : 'The disk that holds the audit log is full.'
    this.#queue.stop(reason)
    this.#options.logger.error(`${reason} Answers stop until there is room.`, {
      code: systemErrorCode(cause),
    })
    this.#probeLater()
  }

  #probeLater(): void {
    this.#cancelProbe = this.#options.timers.after(probeMilliseconds, () => {
      this.#reserving = this.#reserving.then(() => this.#probe())
    })
  }

  async #probe(): Promise<void> {
    if (this.#isEnded) return
    try {
      if ((await this.#writer?.ensureReserve()) !== true) {
        this.#probeLater()
        return
      }
    } catch (error) {
      this.#end(error)
      return
    }
    this.#queue.resume()
    this.#options.logger.info('The audit log records again.')
    await this.#catchUp()
  }

  /** Records what is owed: the log's own records first, then what committed writes have left in the outbox. */
  async #catchUp(): Promise<void> {
    const owed = this.#owed
    this.#owed = []
    const outcomes = await Promise.allSettled(owed.map((record) => this.#queue.append(record, false)))
    this.#owed = owed.filter((_, at) => outcomes[at]?.status === 'rejected')
    try {
      await this.#settler.sweep()
    } catch {
      this.#options.logger.warn('Records of committed writes could not be appended yet; they stay in the outbox.')
    }
  }

  /** A failed write leaves the disk's content in doubt, and a sync is never tried again: this log has ended. */
  #end(error: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#queue.stop('A write to the audit log failed.')
    this.#options.logger.error('A write to the audit log failed; it ends here.', { code: systemErrorCode(error) })
    this.#options.onFatal(error)
  }

  #anchor(): void {
    this.#cancelAnchor = this.#options.timers.after(anchorMilliseconds, () => this.#anchor())
    const frontier = this.#frontier
    if (frontier.size === this.#anchoredSize || this.#isAnchoring) return
    this.#isAnchoring = true
    const checkpoint = { lane: this.lane, size: frontier.size, root: encodeTreeHash(frontier.root()) }
    this.#queue.append(this.#event('AuditAnchor', { checkpoints: [checkpoint] }), false).then(
      (receipt) => {
        this.#anchoredSize = receipt.sequence + 1
        this.#isAnchoring = false
      },
      () => {
        // Stopped: the next minute has its own anchor.
        this.#isAnchoring = false
      },
    )
  }

  /** In the background: a new reserve, now that the former one may be used up. */
  #maintain(closed: readonly number[]): void {
    this.#closedSegments.push(...closed)
    this.#reserving = this.#reserving.then(async () => {
      if (this.#isEnded) return
      try {
        await this.#writer?.ensureReserve()
      } catch (error) {
        this.#end(error)
      }
    })
  }

  async #roomForUncompressed(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    const segmentBytes = this.#options.segmentBytes ?? defaultSegmentBytes
    return Math.min(maximumUncompressed, Math.floor((bavail * bsize * shareOfFreeSpace) / segmentBytes))
  }

  #compressLater(): void {
    const before = this.#frontier.size
    this.#cancelCompress = this.#options.timers.after(compressMilliseconds, () => {
      const isQuiet = this.#frontier.size - before <= quietRecords
      this.#compressing = this.#compressing.then(() => this.#compressClosed(isQuiet))
      this.#compressLater()
    })
  }

  /** The uncompressed file goes once its compression is in the log: while that is stopped, nothing would be gained. */
  async #compressClosed(isQuiet: boolean): Promise<void> {
    const atMost = Math.min(segmentsPerLook, this.#closedSegments.length)
    for (let looked = 0; looked < atMost; looked++) {
      if (this.health().state === 'stopped') return
      let again: number | undefined
      try {
        const kept = isQuiet ? 0 : await this.#roomForUncompressed()
        if (this.#closedSegments.length <= kept || this.#isEnded) return
        const first = this.#closedSegments.shift()
        if (first === undefined) return
        again = first
        const packed = await compressSegment(this.#directory, first)
        await this.#queue.append(this.#event('AuditSegmentCompressed', { firstIndex: first, ...packed }), false)
        // Once that is in the log, a file that cannot be removed is left to the next start.
        again = undefined
        await removeSegment(this.#directory, first)
      } catch (error) {
        // The others do not wait for one that cannot be read.
        if (again !== undefined) this.#closedSegments.push(again)
        this.#options.logger.warn('A closed audit segment could not be compressed yet.', {
          code: systemErrorCode(error),
        })
        return
      }
    }
  }
}
