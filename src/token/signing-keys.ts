import type { VerificationKey, VerificationKeys } from '#authentication/verification-keys.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { KeyPair, RsaPublicJwk } from '#crypto/signing.ts'
import { ensureDomain } from '#seal/create-seal.ts'
import type { Seal } from '#seal/seal.ts'
import type { Database, Reader } from '#storage/database.ts'
import { createSigningKey, openSigningKey, signingDomain } from './signing-key.ts'
import { hasSigningKey, insertSigningKey, loadSigningKeys, type StoredSigningKey } from './signing-key-store.ts'

/** The key that signs now. */
interface Signer {
  readonly keyId: string
  readonly privateKey: KeyPair['privateKey']
}

/** A key as the world sees it. */
export interface PublishedKey {
  readonly keyId: string
  readonly publicJwk: RsaPublicJwk
  /** DER. */
  readonly certificate: Buffer
}

/** The signing keys of every tenant, in memory as far as they were used. */
export interface SigningKeys extends VerificationKeys {
  /** Makes the tenant's seal domain and first key if there is none; for start-up, before anything is served. Idempotent. */
  initialize(tenant: TenantId): Promise<void>
  /** Sees to it that `signer` answers; to be called outside any transaction. */
  prepare(tenant: TenantId): Promise<void>
  /** The key that signs now, as known at `epoch` or later; undefined when the keys must be read again. Does no I/O. */
  signer(tenant: TenantId, epoch: number): Signer | undefined
  /** The keys that verify tokens now or will soon. Without a database: those that were known last. */
  published(tenant: TenantId): Promise<readonly PublishedKey[]>
}

export interface SigningKeysDependencies {
  readonly database: Database
  readonly seal: Seal
  readonly clock: Clock
}

/** Keys are read again after this long, so that one made by another server process is known before it signs. */
const maximumAgeMilliseconds = 60_000
/** Tokens with made-up key ids cannot make us read more often than this. */
const unknownKeyPauseMilliseconds = 10_000

/** Makes the register of signing keys. They are stored sealed under the domain `tenant/<guid>/signing`. */
export function createSigningKeys(dependencies: SigningKeysDependencies): SigningKeys {
  return new StoredSigningKeys(dependencies)
}

interface OpenKey extends VerificationKey {
  readonly stored: StoredSigningKey
  readonly pair: KeyPair
}

interface TenantKeys {
  readonly epoch: number
  readonly loadedAtMilliseconds: number
  /** Oldest first. */
  readonly keys: readonly OpenKey[]
}

class StoredSigningKeys implements SigningKeys {
  readonly #its: SigningKeysDependencies
  readonly #byTenant = new Map<TenantId, TenantKeys>()
  readonly #byId = new Map<string, OpenKey>()
  readonly #triedUnknownAtMilliseconds = new Map<TenantId, number>()

  constructor(dependencies: SigningKeysDependencies) {
    this.#its = dependencies
  }

  find(keyId: string): VerificationKey | undefined {
    const key = this.#byId.get(keyId)
    return key !== undefined && this.#isAlive(key) ? key : undefined
  }

  areCurrent(tenant: TenantId, epoch: number): boolean {
    const known = this.#byTenant.get(tenant)
    return known !== undefined && known.epoch >= epoch
  }

  async refresh(tenant: TenantId): Promise<void> {
    const { database, seal, clock } = this.#its
    const loadedAtMilliseconds = clock.monotonicMilliseconds()
    const { epoch, stored } = await database.read({ tenant, consistency: 'snapshot' }, async (reader) => ({
      epoch: reader.freshness.epoch,
      stored: await loadSigningKeys(reader),
    }))
    const sealer = stored.length === 0 ? undefined : await seal.domain(signingDomain(tenant))
    const keys = stored.flatMap((key): OpenKey[] => {
      if (sealer === undefined) return []
      const pair = this.#byId.get(key.keyId)?.pair ?? openSigningKey(tenant, sealer, key)
      return [{ tenant, publicKey: pair.publicKey, pair, stored: key }]
    })
    const known = this.#byTenant.get(tenant)
    // Two readers may finish in the other order than they began; an older view never replaces a newer one.
    if (known !== undefined && (known.epoch > epoch || known.loadedAtMilliseconds > loadedAtMilliseconds)) return
    for (const key of known?.keys ?? []) this.#byId.delete(key.stored.keyId)
    for (const key of keys) this.#byId.set(key.stored.keyId, key)
    this.#byTenant.set(tenant, { epoch, loadedAtMilliseconds, keys })
  }

  async refreshForUnknownKey(tenant: TenantId): Promise<boolean> {
    const now = this.#its.clock.monotonicMilliseconds()
    const tried = this.#triedUnknownAtMilliseconds.get(tenant)
    if (tried !== undefined && now - tried < unknownKeyPauseMilliseconds) return false
    this.#triedUnknownAtMilliseconds.set(tenant, now)
    await this.refresh(tenant)
    return true
  }

  async isWithdrawn(reader: Reader, keyId: string): Promise<boolean> {
    return !(await hasSigningKey(reader, keyId))
  }

  async prepare(tenant: TenantId): Promise<void> {
    if (!this.#isFresh(tenant)) await this.refresh(tenant)
  }

  signer(tenant: TenantId, epoch: number): Signer | undefined {
    if (!this.areCurrent(tenant, epoch)) return undefined
    const now = this.#its.clock.now()
    const key = this.#byTenant
      .get(tenant)
      ?.keys.findLast((candidate) => candidate.stored.signsFrom <= now && this.#isAlive(candidate))
    return key === undefined ? undefined : { keyId: key.stored.keyId, privateKey: key.pair.privateKey }
  }

  async published(tenant: TenantId): Promise<readonly PublishedKey[]> {
    try {
      await this.prepare(tenant)
    } catch (failure) {
      const isOutage = failure instanceof ServiceError && failure.kind === 'unavailable'
      if (!isOutage || !this.#byTenant.has(tenant)) throw failure
    }
    const keys = this.#byTenant.get(tenant)?.keys ?? []
    return keys.filter((key) => this.#isAlive(key)).map(({ stored }) => stored)
  }

  async initialize(tenant: TenantId): Promise<void> {
    const { database, seal, clock } = this.#its
    await this.refresh(tenant)
    if ((this.#byTenant.get(tenant)?.keys.length ?? 0) > 0) return
    const sealer = await ensureDomain(database, seal, signingDomain(tenant))
    const now = clock.now()
    const key = await createSigningKey({ tenant, sealer, now, signsFrom: now })
    await database.write({ tenant }, (writer) => insertSigningKey(writer.kysely, tenant, key))
    await this.refresh(tenant)
  }

  #isAlive({ stored }: OpenKey): boolean {
    return stored.retiresAt === undefined || this.#its.clock.now() < stored.retiresAt
  }

  #isFresh(tenant: TenantId): boolean {
    const { database, clock } = this.#its
    const known = this.#byTenant.get(tenant)
    if (known === undefined || known.keys.length === 0) return false
    const epoch = database.knownFreshness(tenant)?.epoch
    const age = clock.monotonicMilliseconds() - known.loadedAtMilliseconds
    return epoch !== undefined && known.epoch >= epoch && age < maximumAgeMilliseconds
  }
}
