/**
 * seal: domain keys and the key-encryption key that seals them. One file per provider of that key under `providers/`.
 * Never stores an unsealed key, and never opens anything before the key-encryption key has been checked.
 */
import type { Kysely } from 'kysely'
import type { Schema } from '#storage/schema.ts'

/** Seals and opens under one domain key. `binding` says what the bytes are; they open only with the same binding. */
export interface DomainSealer {
  readonly domain: string
  seal(plaintext: Buffer, binding: readonly string[]): Buffer
  /** Throws `internal` / `SealBroken` if the bytes were altered or moved. */
  open(sealed: Buffer, binding: readonly string[]): Buffer
}

/** Domains: `vault/<vault guid>`, `tenant/<tenant guid>/signing`, `tenant/<tenant guid>/resources`, `ca`, `audit`. */
export interface Seal {
  /** Makes a domain key inside the caller's transaction, so it exists exactly when what it protects does. */
  createDomain(kysely: Kysely<Schema>, domain: string): Promise<void>
  /**
   * Deletes a domain's key inside the caller's transaction: from the commit on nothing that it sealed can be opened from
   * this database again. The key that this process may hold open is forgotten at once.
   */
  destroyDomain(kysely: Kysely<Schema>, domain: string): Promise<void>
  /** The sealer of an existing domain; its opened key is kept in memory. Throws `internal` / `SealDomainMissing`. */
  domain(name: string): Promise<DomainSealer>
  /** The sealer if its key is already open in memory; for hot paths. */
  openedDomain(name: string): DomainSealer | undefined
}
