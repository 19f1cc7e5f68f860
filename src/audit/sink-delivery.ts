import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { FollowedLog } from './followed-log.ts'
import type { StoredGroup } from './log-source.ts'
import type { SinkStore } from './sink-store.ts'
import type { AuditSink } from './sinks/sink.ts'
import type { Timers } from './timers.ts'

export interface SinkDeliveryOptions {
  readonly sinks: readonly AuditSink[]
  readonly log: FollowedLog
  /** How many records of a lane are durable; infinite where a reader sees no others. */
  readonly durableSize: (lane: number) => number
  readonly store: SinkStore
  /** The resources whose records a sink gets at the moment, as records name them: in upper case. */
  readonly resourcesOf: (sink: string) => Promise<readonly string[]>
  /** This server process. */
  readonly holder: string
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** Delivery under way to all sinks, each by itself. */
export interface SinkDelivery {
  /** The sinks that do not take what they should get. */
  failing(): readonly string[]
  /** Ends after what is under way, at the latest after some seconds: a sink that hangs does not hold the server up. */
  close(): Promise<void>
}

const pauseMilliseconds = 1000
const longestPauseMilliseconds = 60_000
const claimEveryMilliseconds = 20_000
/** A delivery that takes longer counts as failing. */
const slowMilliseconds = 30_000
const closeMilliseconds = 3000
/** The cursor is kept after so many records that went nowhere; it is kept before each delivery, and after it. */
const passedAtMost = 10_000

/**
 * Delivers the records of selected resources from the log to sinks: what is durable there, in the order of each lane, at
 * least once: what comes again after a crash is the delivery that was under way. Nothing waits for it: a sink that fails or
 * hangs falls behind, and goes on where it stopped.
 */
export function startSinkDelivery(options: SinkDeliveryOptions): SinkDelivery {
  const runners = options.sinks.map((sink) => new SinkRunner(sink, options))
  return {
    failing: () => runners.filter((runner) => runner.isFailing).map((runner) => runner.name),
    async close() {
      let cancel: () => void = () => undefined
      const late = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, closeMilliseconds)
        cancel = () => clearTimeout(timer)
      })
      await Promise.race([Promise.all(runners.map((runner) => runner.close())), late])
      cancel()
    },
  }
}

class SinkRunner {
  readonly #sink: AuditSink
  readonly #its: SinkDeliveryOptions
  /** The next record of each lane, while this process has the sink; and the one that is kept in the database. */
  readonly #next = new Map<number, number>()
  readonly #kept = new Map<number, number>()
  #claimedAt: number | undefined
  #deliveringSince: number | undefined
  #failures = 0
  #isClosed = false
  #cancel: () => void
  #round: Promise<void> = Promise.resolve()

  constructor(sink: AuditSink, its: SinkDeliveryOptions) {
    this.#sink = sink
    this.#its = its
    this.#cancel = its.timers.after(0, () => this.#start())
  }

  get name(): string {
    return this.#sink.name
  }

  get isFailing(): boolean {
    const since = this.#deliveringSince
    return (
      this.#failures > 0 || (since !== undefined && this.#its.clock.monotonicMilliseconds() - since > slowMilliseconds)
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel()
    await this.#round
    if (this.#claimedAt === undefined) return
    try {
      for (const [lane, next] of this.#next) await this.#keep(lane, next)
      await this.#its.store.release(this.name, this.#its.holder)
    } catch {
      // Another process takes the sink when the claim has ended.
    }
  }

  #start(): void {
    this.#round = this.#runRound().then((pause) => {
      if (!this.#isClosed) this.#cancel = this.#its.timers.after(pause, () => this.#start())
    })
  }

  /** One look at the log. Gives the pause until the next one. */
  async #runRound(): Promise<number> {
    const { logger } = this.#its
    try {
      if (await this.#claim()) {
        for (const lane of await this.#its.log.lanes()) {
          await this.#followLane(lane)
          // Another process has the sink now, with all of its lanes.
          if (this.#claimedAt === undefined) break
        }
      }
      if (this.#failures > 0) logger.info('An audit sink takes records again.', { sink: this.name })
      this.#failures = 0
      return pauseMilliseconds
    } catch (failure) {
      const cause = failure instanceof Error ? failure : undefined
      // Said once, and not in each of the many rounds that may follow.
      if (this.#failures === 0)
        logger.error('Audit records could not be delivered to a sink.', { sink: this.name, cause })
      this.#failures++
      return Math.min(longestPauseMilliseconds, pauseMilliseconds * 2 ** Math.min(this.#failures, 6))
    }
  }

  async #claim(): Promise<boolean> {
    const { store, holder, clock } = this.#its
    const now = clock.monotonicMilliseconds()
    if (this.#claimedAt !== undefined && now - this.#claimedAt < claimEveryMilliseconds) return true
    const claim = await store.claim(this.name, holder)
    // Another process may have delivered meanwhile: where it stopped is in the database.
    if (claim !== 'kept') this.#forget()
    this.#claimedAt = claim === undefined ? undefined : now
    return claim !== undefined
  }

  #forget(): void {
    this.#next.clear()
    this.#kept.clear()
  }

  async #followLane(lane: number): Promise<void> {
    const { log, durableSize } = this.#its
    while (!this.#isClosed) {
      const next = this.#next.get(lane) ?? (await this.#firstOf(lane))
      const groups = await log.read(lane, next, durableSize(lane))
      const last = groups.at(-1)
      if (last === undefined) return
      // Asked after the records were read: a setting that came before one of them is seen.
      const lines = selectLines(groups, await this.#its.resourcesOf(this.name))
      if (lines.length > 0) {
        if (!(await this.#keep(lane, next))) return
        await this.#deliver(lines)
      }
      const after = last.firstIndex + last.leaves.length
      this.#next.set(lane, after)
      if (lines.length === 0 && after - (this.#kept.get(lane) ?? 0) < passedAtMost) continue
      if (!(await this.#keep(lane, after))) return
      if (!(await this.#claim())) return
    }
  }

  /** Where a lane is gone on with. A sink that gets nothing yet need not read what was there before it. */
  async #firstOf(lane: number): Promise<number> {
    const { log, store } = this.#its
    let next = await store.cursor(this.name, lane)
    if (next === undefined) {
      const nearEnd = await log.nearEnd(lane)
      next = (await this.#its.resourcesOf(this.name)).length === 0 ? nearEnd : 0
      await store.save(this.name, this.#its.holder, { lane, next })
    }
    this.#next.set(lane, next)
    this.#kept.set(lane, next)
    return next
  }

  async #deliver(lines: readonly string[]): Promise<void> {
    this.#deliveringSince = this.#its.clock.monotonicMilliseconds()
    try {
      await this.#sink.deliver(lines)
    } finally {
      this.#deliveringSince = undefined
    }
  }

  /** False when another process has the sink now. */
  async #keep(lane: number, next: number): Promise<boolean> {
    if (this.#kept.get(lane) === next) return true
    const isKept = await this.#its.store.save(this.name, this.#its.holder, { lane, next })
    if (isKept) this.#kept.set(lane, next)
    else {
      this.#claimedAt = undefined
      this.#forget()
    }
    return isKept
  }
}

const resourcePattern = /"resourceId":"([^"\\]*)"/

/** The lines of records about these resources and what is in them. */
function selectLines(groups: readonly StoredGroup[], resources: readonly string[]): readonly string[] {
  if (resources.length === 0) return []
  const lines: string[] = []
  for (const { leaves } of groups) {
    for (const leaf of leaves) {
      const line = leaf.toString('utf8')
      // Cheap, and decides for nearly all records; a text in a record cannot pass for the member, its quotes are escaped.
      const named = resourcePattern.exec(line)?.[1]
      if (named !== undefined && resources.some((resource) => named === resource || named.startsWith(`${resource}/`))) {
        lines.push(line)
      }
    }
  }
  return lines
}
