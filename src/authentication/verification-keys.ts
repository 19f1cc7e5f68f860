import type { TenantId } from '#base/ids.ts'
import type { KeyPair } from '#crypto/signing.ts'
import type { Reader } from '#storage/database.ts'

/** A public key that tokens of one tenant, and of no other, are signed with. */
export interface VerificationKey {
  readonly tenant: TenantId
  readonly publicKey: KeyPair['publicKey']
}

/** The signing keys of tokens, as far as a verifier needs them. */
export interface VerificationKeys {
  /** A key in memory that has not retired, whichever tenant's it is. Does no I/O. */
  find(keyId: string): VerificationKey | undefined
  /** Whether the tenant's keys in memory were read at this revocation epoch or later. Does no I/O. */
  areCurrent(tenant: TenantId, epoch: number): boolean
  /** Reads the tenant's keys again. Throws `unavailable` without a database. */
  refresh(tenant: TenantId): Promise<void>
  /** Like `refresh`, for a key id that nobody here knows; false, and nothing done, if that was tried a moment ago. */
  refreshForUnknownKey(tenant: TenantId): Promise<boolean>
  /** Whether the reader's tenant has no such key any more, in the state that the reader sees. */
  isWithdrawn(reader: Reader, keyId: string): Promise<boolean>
}
