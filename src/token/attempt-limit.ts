import type { Clock } from '#base/clock.ts'
import type { ClientId } from '#base/ids.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'

/** Holds back those who guess: each guess costs a slow hash. */
export interface AttemptLimit {
  /** Throws `throttled` (AADSTS90055) when this application was guessed at too often from this address. */
  check(clientId: ClientId, clientAddress: string): void
  /** Begins an attempt, which counts as a failed one until it ends. Throws as `check` does. */
  begin(clientId: ClientId, clientAddress: string): Attempt
}

interface Attempt {
  /** Notes that the attempt failed. */
  fail(): void
  /** To be called once, however it went. */
  end(): void
}

const windowMilliseconds = 60_000
const maximumFailures = 20
const maximumRemembered = 10_000

interface Attempts {
  readonly sinceMilliseconds: number
  failed: number
  underWay: number
}

/** Counts failed attempts by application and address, so that a stranger cannot lock out an application elsewhere. */
export function createAttemptLimit(clock: Clock): AttemptLimit {
  const attempts = new Map<string, Attempts>()
  const find = (key: string): Attempts | undefined => {
    const known = attempts.get(key)
    if (known === undefined) return undefined
    if (clock.monotonicMilliseconds() - known.sinceMilliseconds < windowMilliseconds) return known
    attempts.delete(key)
    return undefined
  }
  const check = (key: string): Attempts | undefined => {
    const known = find(key)
    if (known === undefined || known.failed + known.underWay < maximumFailures) return known
    const elapsed = clock.monotonicMilliseconds() - known.sinceMilliseconds
    throw oauthError(oauthErrors.tooManyAttempts, 'There were too many failed attempts. Try again later.', {
      retryAfterSeconds: Math.ceil((windowMilliseconds - elapsed) / 1000),
    })
  }
  const remember = (key: string): Attempts => {
    const [oldest] = attempts.size >= maximumRemembered ? attempts.keys() : []
    if (oldest !== undefined) attempts.delete(oldest)
    const added = { sinceMilliseconds: clock.monotonicMilliseconds(), failed: 0, underWay: 0 }
    attempts.set(key, added)
    return added
  }
  return {
    check: (clientId, clientAddress) => void check(keyOf(clientId, clientAddress)),
    begin(clientId, clientAddress) {
      const key = keyOf(clientId, clientAddress)
      const its = check(key) ?? remember(key)
      its.underWay++
      return {
        fail: () => void its.failed++,
        end() {
          its.underWay--
          if (its.failed === 0 && its.underWay === 0 && attempts.get(key) === its) attempts.delete(key)
        },
      }
    },
  }
}

/** A client id has a fixed length, so two pairs never give the same key. */
function keyOf(clientId: ClientId, clientAddress: string): string {
  return `${clientId} ${clientAddress}`
}
