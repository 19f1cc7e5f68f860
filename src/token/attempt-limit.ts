import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { ClientId } from '#base/ids.ts'

/** Holds back those who guess: each guess costs a slow hash. */
export interface AttemptLimit {
  /** Throws `throttled` (AADSTS90055) when this application was guessed at too often from this address. */
  check(clientId: ClientId, clientAddress: string): void
  /** Notes a failed attempt. */
  fail(clientId: ClientId, clientAddress: string): void
}

const windowMilliseconds = 60_000
const maximumFailures = 20
const maximumRemembered = 10_000

interface Failures {
  readonly sinceMilliseconds: number
  count: number
}

/** Counts failed attempts by application and address, so that a stranger cannot lock out an application elsewhere. */
export function createAttemptLimit(clock: Clock): AttemptLimit {
  const failures = new Map<string, Failures>()
  const find = (key: string): Failures | undefined => {
    const known = failures.get(key)
    if (known === undefined) return undefined
    if (clock.monotonicMilliseconds() - known.sinceMilliseconds < windowMilliseconds) return known
    failures.delete(key)
    return undefined
  }
  return {
    check(clientId, clientAddress) {
      const known = find(keyOf(clientId, clientAddress))
      if (known === undefined || known.count < maximumFailures) return
      const elapsed = clock.monotonicMilliseconds() - known.sinceMilliseconds
      throw new ServiceError(
        'throttled',
        'temporarily_unavailable',
        'There were too many failed attempts. Try again later.',
        {
          innerCode: '90055',
          retryAfterSeconds: Math.ceil((windowMilliseconds - elapsed) / 1000),
        },
      )
    },
    fail(clientId, clientAddress) {
      const key = keyOf(clientId, clientAddress)
      const known = find(key)
      if (known !== undefined) {
        known.count++
        return
      }
      const [oldest] = failures.size >= maximumRemembered ? failures.keys() : []
      if (oldest !== undefined) failures.delete(oldest)
      failures.set(key, { sinceMilliseconds: clock.monotonicMilliseconds(), count: 1 })
    },
  }
}

/** A client id has a fixed length, so two pairs never give the same key. */
function keyOf(clientId: ClientId, clientAddress: string): string {
  return `${clientId} ${clientAddress}`
}
