import type { Guid, TenantId } from '#base/ids.ts'

/** Which secret: what rows, caches and seals are bound to. */
export interface SecretIdentity {
  readonly tenant: TenantId
  readonly vault: Guid
  /** The canonical name. */
  readonly canonical: string
}

/** A value under its own data key, and that key under the vault's. */
export interface SealedValue {
  readonly sealedKey: Buffer
  readonly sealedValue: Buffer
}
