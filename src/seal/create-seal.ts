import type { Kysely } from 'kysely'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomBytes, randomHex } from '#base/random.ts'
import { importDataKey, openBytes, sealBytes } from '#crypto/envelope.ts'
import type { Database } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { deleteDomainKey, insertDomainKey, loadDomainKey } from './domain-key-store.ts'
import { openCheckedKey } from './key-check.ts'
import type { KeyEncryptionKey, KeyEncryptionProvider } from './key-encryption-key.ts'
import type { DomainSealer, Seal } from './seal.ts'

export interface SealDependencies {
  readonly database: Database
  readonly provider: KeyEncryptionProvider
  readonly clock: Clock
  readonly logger: Logger
}

/** A seal whose key-encryption key has been checked; `kekId` is that key's id in hexadecimal. */
export interface InstallationSeal extends Seal {
  readonly kekId: string
}

/** Opened domains stay in memory up to this many; the longest opened one goes first, and is opened again when needed. */
const maximumOpenedDomains = 10_000

/**
 * Opens the seal of this installation, or makes it at first start, and proves the key-encryption key before anything is opened.
 *
 * Safe when several processes start at once. Throws `internal` / `WrongKeyEncryptionKey`, `KeyEncryptionKeyMissing`,
 * `KeyEncryptionKeyExposed`, `KeyEncryptionKeyDamaged`, `KeyCheckMissing` or `PassphraseTooShort`, with a sentence that says
 * what to do. `createDomain` leaves an existing domain's key as it is.
 */
export async function createSeal(dependencies: SealDependencies): Promise<InstallationSeal> {
  const { database, clock } = dependencies
  const kek = await openCheckedKey(dependencies)
  const opened = new Map<string, DomainSealer>()
  const opening = new Map<string, Promise<DomainSealer>>()

  async function createDomain(kysely: Kysely<Schema>, domain: string): Promise<void> {
    const id = randomHex(16)
    const key = randomBytes(32)
    const sealed = await kek.wrap(key, domainKeyBinding(domain, id))
    key.fill(0)
    await insertDomainKey(kysely, { id, domain, kek_id: kek.id, sealed, created_at: clock.now().getTime() })
  }

  async function openDomain(name: string): Promise<DomainSealer> {
    const sealer = await loadSealer(database, kek, name)
    const oldest = opened.size < maximumOpenedDomains ? undefined : opened.keys().next().value
    if (oldest !== undefined) opened.delete(oldest)
    opened.set(name, sealer)
    return sealer
  }

  return {
    kekId: kek.id,
    createDomain,
    async destroyDomain(kysely, domain) {
      await deleteDomainKey(kysely, domain)
      // A roll-back leaves the row: the key is then opened again when it is needed.
      opened.delete(domain)
    },
    async domain(name) {
      const known = opened.get(name) ?? opening.get(name)
      if (known !== undefined) return known
      const promise = openDomain(name).finally(() => opening.delete(name))
      opening.set(name, promise)
      return promise
    },
    openedDomain: (name) => opened.get(name),
  }
}

/** The sealer of a domain that exists from first start on, such as `ca`; makes the domain when it is not there yet. */
export async function ensureDomain(database: Database, seal: Seal, domain: string): Promise<DomainSealer> {
  try {
    return await seal.domain(domain)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'SealDomainMissing') throw error
    await database.system('write', (kysely) => seal.createDomain(kysely, domain))
    return seal.domain(domain)
  }
}

async function loadSealer(database: Database, kek: KeyEncryptionKey, domain: string): Promise<DomainSealer> {
  const row = await database.system('read', (kysely) => loadDomainKey(kysely, domain))
  if (row === undefined) {
    throw new ServiceError('internal', 'SealDomainMissing', `There is no key for the sealing domain '${domain}'.`)
  }
  const bytes = await kek.unwrap(row.sealed, domainKeyBinding(domain, row.id))
  const key = importDataKey(bytes)
  bytes.fill(0)
  const keyId = Buffer.from(row.id, 'hex')
  return {
    domain,
    seal: (plaintext, binding) => sealBytes(key, keyId, plaintext, binding),
    open: (sealed, binding) => openBytes(key, sealed, binding),
  }
}

function domainKeyBinding(domain: string, id: string): readonly string[] {
  return ['strongroom-1', 'domain-key', domain, id]
}
