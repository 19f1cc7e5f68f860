/** Where time comes from. Wall-clock time is for records and lifetimes; monotonic time is for time-outs and durations. */
export interface Clock {
  now(): Date
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMilliseconds(): number
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMilliseconds: () => performance.now(),
}

/** Whole Unix seconds of a date, as the Azure wire carries times. */
export function toEpochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
