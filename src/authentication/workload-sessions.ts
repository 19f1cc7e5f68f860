import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { type Guid, tryParseGuid } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { equalInConstantTime } from '#crypto/constant-time.ts'
import { sha256Hex } from '#crypto/hash.ts'
import type { NewWorkloadSession, WorkloadCredentials, WorkloadSession, WorkloadSessions } from './workload-session.ts'

const credentialBytes = 32

interface Entry {
  readonly session: WorkloadSession
  readonly headerDigest: string
  readonly passwordDigest: string
}

/**
 * Makes the register of running workloads. Credentials are 256 random bits, kept as SHA-256 alone, and are found by that
 * digest, so that the time of a look-up says nothing about the credential. Expiry is judged at each use.
 * `create` throws `throttled` / `TooManySessions` when `maximumSessions` (default 1,000) are alive.
 */
export function createWorkloadSessions(dependencies: {
  readonly clock: Clock
  readonly maximumSessions?: number
}): WorkloadSessions {
  return new MemorySessions(dependencies.clock, dependencies.maximumSessions ?? 1000)
}

class MemorySessions implements WorkloadSessions {
  readonly #clock: Clock
  readonly #maximumSessions: number
  readonly #byId = new Map<Guid, Entry>()
  readonly #byHeaderDigest = new Map<string, Entry>()

  constructor(clock: Clock, maximumSessions: number) {
    this.#clock = clock
    this.#maximumSessions = maximumSessions
  }

  create(wanted: NewWorkloadSession): { readonly session: WorkloadSession; readonly credentials: WorkloadCredentials } {
    this.#forgetExpired()
    if (this.#byId.size >= this.#maximumSessions) {
      throw new ServiceError(
        'throttled',
        'TooManySessions',
        `The maximum of ${this.#maximumSessions} sessions is reached. End one first.`,
      )
    }
    const session: WorkloadSession = { ...wanted, id: randomGuid(), startedAt: this.#clock.now() }
    const credentials: WorkloadCredentials = {
      identityHeader: randomHex(credentialBytes),
      proxyUser: session.id,
      proxyPassword: randomHex(credentialBytes),
    }
    const entry: Entry = {
      session,
      headerDigest: sha256Hex(credentials.identityHeader),
      passwordDigest: sha256Hex(credentials.proxyPassword),
    }
    this.#byId.set(session.id, entry)
    this.#byHeaderDigest.set(entry.headerDigest, entry)
    return { session, credentials }
  }

  findByIdentityHeader(header: string): WorkloadSession | undefined {
    return this.#live(this.#byHeaderDigest.get(sha256Hex(header)))
  }

  findByProxyCredentials(user: string, password: string): WorkloadSession | undefined {
    // A user name is a session's id; an unknown one is compared with nothing rather than answered sooner.
    const id = tryParseGuid(user)
    const entry = id === undefined ? undefined : this.#byId.get(id)
    const matches = equalInConstantTime(sha256Hex(password), entry?.passwordDigest ?? '')
    return matches ? this.#live(entry) : undefined
  }

  find(id: Guid): WorkloadSession | undefined {
    return this.#live(this.#byId.get(id))
  }

  end(id: Guid): boolean {
    const entry = this.#byId.get(id)
    if (entry === undefined) return false
    this.#forget(entry)
    return this.#isLive(entry)
  }

  list(): readonly WorkloadSession[] {
    this.#forgetExpired()
    return [...this.#byId.values()].map(({ session }) => session)
  }

  #live(entry: Entry | undefined): WorkloadSession | undefined {
    if (entry === undefined) return undefined
    if (this.#isLive(entry)) return entry.session
    this.#forget(entry)
    return undefined
  }

  #isLive(entry: Entry): boolean {
    const { expiresAt } = entry.session
    return expiresAt === undefined || this.#clock.now() < expiresAt
  }

  #forgetExpired(): void {
    for (const entry of this.#byId.values()) if (!this.#isLive(entry)) this.#forget(entry)
  }

  #forget(entry: Entry): void {
    this.#byId.delete(entry.session.id)
    this.#byHeaderDigest.delete(entry.headerDigest)
  }
}
