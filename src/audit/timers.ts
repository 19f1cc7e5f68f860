/** Delayed work, injected so that tests need not wait. Never keeps the process alive. */
export interface Timers {
  /** Runs `work` once after `milliseconds`, unless the returned function is called before. */
  after(milliseconds: number, work: () => void): () => void
}

/** The machine's own timers. */
export const systemTimers: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
