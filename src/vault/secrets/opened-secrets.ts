import type { Clock } from '#base/clock.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { SecretProperties } from '../wire.ts'
import type { SecretIdentity } from './secret-identity.ts'

/** How much may stay opened, and how long. `maximumEntries: 0` switches the memory off. */
export interface OpenedSecretsLimits {
  readonly maximumEntries: number
  /** Of the values together. */
  readonly maximumBytes: number
  readonly maximumSeconds: number
}

export const openedSecretsOff: OpenedSecretsLimits = { maximumEntries: 0, maximumBytes: 0, maximumSeconds: 0 }

/** Which state of which version: a change of any part misses. */
export interface OpenedSecretKey extends SecretIdentity {
  readonly version: string
  /** The secret's revision as this request's first statement read it. */
  readonly revision: number
}

/** A value opened for one answer, as the text of a JSON string. */
export interface OpenedSecret {
  readonly properties: SecretProperties
  readonly valueJson: SecretValue
}

interface Entry {
  readonly key: OpenedSecretKey
  readonly properties: SecretProperties
  readonly bytes: Buffer
  readonly expiresAtMilliseconds: number
}

/**
 * Values kept opened for a short time, so that reads of the same version cost no second unsealing. It holds what the data key
 * beside it would give at once, and nothing else: authorisation, freshness and audit happen on every read. Bounded in
 * count, bytes and time; the bytes of whatever leaves are overwritten. Source: docs/threat-model.md.
 */
export class OpenedSecrets {
  readonly #limits: OpenedSecretsLimits
  readonly #clock: Clock
  /** Tenant, vault, name, version: a path of keys, never a joined string. */
  readonly #tenants = new Map<string, Map<string, Map<string, Map<string, Entry>>>>()
  /** All entries, oldest first; as all live equally long, also the order in which they expire. */
  readonly #entries = new Set<Entry>()
  #bytes = 0

  constructor(limits: OpenedSecretsLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** The opened value under exactly this key, in a copy that no eviction can overwrite while an answer is made of it. */
  find(key: OpenedSecretKey): OpenedSecret | undefined {
    const entry = this.#tenants.get(key.tenant)?.get(key.vault)?.get(key.canonical)?.get(key.version)
    if (entry === undefined) return undefined
    if (entry.key.revision !== key.revision || entry.expiresAtMilliseconds <= this.#clock.monotonicMilliseconds()) {
      this.#drop(entry)
      return undefined
    }
    return { properties: entry.properties, valueJson: new SecretValue(Buffer.from(entry.bytes)) }
  }

  /** Keeps a copy, if it may be kept at all; the oldest make room. */
  keep(key: OpenedSecretKey, opened: OpenedSecret): void {
    const { maximumEntries, maximumBytes, maximumSeconds } = this.#limits
    const value = opened.valueJson.reveal()
    if (maximumEntries < 1 || value.length > maximumBytes) return
    const versions = this.#versionsOf(key)
    const former = versions.get(key.version)
    if (former !== undefined) this.#drop(former)
    const entry: Entry = {
      key,
      properties: opened.properties,
      bytes: copyUnpooled(value),
      expiresAtMilliseconds: this.#clock.monotonicMilliseconds() + maximumSeconds * 1000,
    }
    this.#versionsOf(key).set(key.version, entry)
    this.#entries.add(entry)
    this.#bytes += value.length
    for (const oldest of this.#entries) {
      if (this.#entries.size <= maximumEntries && this.#bytes <= maximumBytes) break
      this.#drop(oldest)
    }
  }

  /** Overwrites and forgets every version of one secret: it was deleted or purged. */
  forget(secret: SecretIdentity): void {
    const versions = this.#tenants.get(secret.tenant)?.get(secret.vault)?.get(secret.canonical)
    for (const entry of versions?.values() ?? []) this.#drop(entry)
  }

  /** Overwrites and forgets every secret of one vault: it was deleted or purged. */
  forgetVault(tenant: string, vault: string): void {
    const names = this.#tenants.get(tenant)?.get(vault)
    for (const versions of names?.values() ?? []) {
      for (const entry of versions.values()) this.#drop(entry)
    }
  }

  /** Overwrites and forgets what has expired. To be called now and then, for a value must not outlive its time unread. */
  sweep(): void {
    const now = this.#clock.monotonicMilliseconds()
    for (const entry of this.#entries) {
      if (entry.expiresAtMilliseconds > now) break
      this.#drop(entry)
    }
  }

  /** Overwrites and forgets everything. */
  clear(): void {
    for (const entry of this.#entries) this.#drop(entry)
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes }
  }

  #versionsOf(key: SecretIdentity): Map<string, Entry> {
    return child(child(child(this.#tenants, key.tenant), key.vault), key.canonical)
  }

  #drop(entry: Entry): void {
    const { tenant, vault, canonical, version } = entry.key
    this.#entries.delete(entry)
    this.#bytes -= entry.bytes.length
    entry.bytes.fill(0)
    const vaults = this.#tenants.get(tenant)
    const names = vaults?.get(vault)
    const versions = names?.get(canonical)
    versions?.delete(version)
    if (versions?.size === 0) names?.delete(canonical)
    if (names?.size === 0) vaults?.delete(vault)
    if (vaults?.size === 0) this.#tenants.delete(tenant)
  }
}

function child<Key, Value>(parent: Map<Key, Map<string, Value>>, key: Key): Map<string, Value> {
  const known = parent.get(key)
  if (known !== undefined) return known
  const made = new Map<string, Value>()
  parent.set(key, made)
  return made
}

/** Not from the pool that small buffers share: what is overwritten later must be these bytes and nobody else's. */
function copyUnpooled(bytes: Buffer): Buffer {
  const copy = Buffer.alloc(bytes.length)
  bytes.copy(copy)
  return copy
}
