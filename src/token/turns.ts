import { oauthError, oauthErrors } from './oauth-error.ts'

/** Lets slow work through a few at a time, first come first served. */
export interface Turns {
  /** Throws `throttled` (AADSTS90055) at once when too many wait already. */
  take<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Slow hashes run on the thread pool that also writes the audit log, and each holds memory: a burst of token requests must
 * take neither from everybody else.
 */
export function createTurns({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }): Turns {
  const queue: (() => void)[] = []
  let running = 0
  return {
    async take(work) {
      if (running < atOnce) running++
      else if (queue.length < waiting) await new Promise<void>((resolve) => queue.push(resolve))
      else {
        const text = 'There are too many attempts under way. Try again later.'
        throw oauthError(oauthErrors.tooManyAttempts, text, { retryAfterSeconds: 1 })
      }
      try {
        return await work()
      } finally {
        // The place is handed on, not given back, so that nobody who comes now is let in before those who wait.
        const next = queue.shift()
        if (next === undefined) running--
        else next()
      }
    },
  }
}
