import type { Timers } from '#audit/timers.ts'
import type { Logger } from '#base/log.ts'

/** Work that is due by the clock. It claims what it does through the database, for every server process runs it. */
export interface BackgroundJob {
  readonly name: string
  run(): Promise<void>
}

const intervalMilliseconds = 60_000

/**
 * Runs the jobs one after the other, each minute, until `close`, which waits for the one under way. A job that fails is
 * logged and tried again in the next round.
 */
export function startBackgroundJobs(
  jobs: readonly BackgroundJob[],
  { timers, logger }: { readonly timers: Timers; readonly logger: Logger },
): { close(): Promise<void> } {
  let isClosed = false
  let round = Promise.resolve()
  let cancel = timers.after(intervalMilliseconds, start)

  function start(): void {
    round = runAll().finally(() => {
      if (!isClosed) cancel = timers.after(intervalMilliseconds, start)
    })
  }

  async function runAll(): Promise<void> {
    for (const job of jobs) {
      if (isClosed) return
      try {
        await job.run()
      } catch (failure) {
        const cause = failure instanceof Error ? failure : undefined
        logger.error('A background job failed; it is tried again in a minute.', { job: job.name, cause })
      }
    }
  }

  return {
    async close() {
      isClosed = true
      cancel()
      await round
    },
  }
}
