import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import type { AuditLog } from './audit-log.ts'
import { makeLogEvent } from './log-event.ts'
import { formatTime } from './record.ts'
import type { Timers } from './timers.ts'

/** One refusal before `invoke`, as it is counted: never anything the caller wrote. */
export interface CountedRefusal {
  readonly surface: string
  /** `unauthenticated/missing`, `malformed-path`, …: a closed set of words. */
  readonly reason: string
  /** The client's address. */
  readonly source: string
  readonly httpStatusCode: number
}

/** Counts refusals and records them once per interval; the answers do not wait for it. */
export interface RefusalTally {
  count(refusal: CountedRefusal): void
  /** Records what was counted and stops. */
  close(): Promise<void>
}

export interface RefusalTallyOptions {
  readonly log: AuditLog
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Default: 60,000. */
  readonly intervalMilliseconds?: number
}

/** Distinct (status, surface, reason, source) kept per interval; further sources are counted under `other`. */
const maximumEntries = 200
const maximumSourceLength = 64

interface Entry {
  readonly refusal: CountedRefusal
  count: number
}

/** Opens a tally over `log`. What cannot be recorded stays counted and is tried again at the next interval. */
export function createRefusalTally(options: RefusalTallyOptions): RefusalTally {
  const interval = options.intervalMilliseconds ?? 60_000
  let entries = new Map<string, Entry>()
  let since = options.clock.now()
  let cancel = options.timers.after(interval, tick)
  let flushing = Promise.resolve()

  function add(refusal: CountedRefusal, count: number): void {
    const source = refusal.source.slice(0, maximumSourceLength)
    const key = JSON.stringify([refusal.httpStatusCode, refusal.surface, refusal.reason, source])
    const known = entries.get(key)
    if (known !== undefined) known.count += count
    else if (entries.size < maximumEntries || source === 'other')
      entries.set(key, { refusal: { ...refusal, source }, count })
    else add({ ...refusal, source: 'other' }, count)
  }

  async function flush(): Promise<void> {
    if (entries.size === 0) {
      since = options.clock.now()
      return
    }
    const counted = entries
    const from = since
    entries = new Map()
    since = options.clock.now()
    for (const [status, group] of Map.groupBy(counted.values(), (entry) => entry.refusal.httpStatusCode)) {
      const refusals = group.map(({ refusal, count }) => ({
        surface: refusal.surface,
        reason: refusal.reason,
        source: refusal.source,
        count,
      }))
      const record = makeLogEvent({
        id: randomGuid(),
        time: since,
        name: status === 401 ? 'Authentication' : 'RequestRefused',
        httpStatusCode: status,
        properties: { from: formatTime(from), to: formatTime(since), refusals },
      })
      try {
        await options.log.append(record)
      } catch (cause) {
        options.logger.warn('Counted refusals could not be recorded; they are kept for the next interval.', {
          cause: cause instanceof Error ? cause : undefined,
        })
        since = from
        for (const entry of group) add(entry.refusal, entry.count)
      }
    }
  }

  function tick(): void {
    flushing = flushing.then(flush)
    cancel = options.timers.after(interval, tick)
  }

  return {
    count: (refusal) => add(refusal, 1),
    async close() {
      cancel()
      await flushing
      await flush()
    },
  }
}
