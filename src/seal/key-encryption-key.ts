import { importDataKey, openBytes, sealBytes } from '#crypto/envelope.ts'

/** The key that seals domain keys. Its bytes may be elsewhere (a module, another vault), hence the promises. */
export interface KeyEncryptionKey {
  /** 32 lower-case hexadecimal digits; says which key it is and nothing about it. */
  readonly id: string
  /** Seals a key of 32 bytes. It opens only with the same binding. */
  wrap(key: Buffer, binding: readonly string[]): Promise<Buffer>
  /** Throws `internal` / `SealBroken` if the bytes were altered or moved, or sealed by another key. */
  unwrap(wrapped: Buffer, binding: readonly string[]): Promise<Buffer>
}

/** One way to keep the key-encryption key, set up by the operator. Nothing is read before `create` or `open`. */
export interface KeyEncryptionProvider {
  readonly kind: ProviderKind
  /** What a sentence calls it, naming no folder: `key file 'kek'`. */
  readonly label: string
  /**
   * The key of a new installation: takes the one that is there or makes it, durably, before it resolves. `parameters` is
   * public text that the database keeps and `open` needs.
   */
  create(): Promise<{ readonly key: KeyEncryptionKey; readonly parameters: string }>
  /**
   * The key of an existing installation; never makes one. Throws `internal` / `KeyEncryptionKeyMissing`,
   * `KeyEncryptionKeyExposed` (others could read it) or `KeyEncryptionKeyDamaged`.
   */
  open(parameters: string): Promise<KeyEncryptionKey>
}

export type ProviderKind = 'key-file' | 'passphrase'

/** A key-encryption key whose 32 bytes are in this process. Overwrites `bytes`. */
export function localKeyEncryptionKey(id: Buffer, bytes: Buffer): KeyEncryptionKey {
  const key = importDataKey(bytes)
  bytes.fill(0)
  return {
    id: id.toString('hex'),
    wrap: async (plaintext, binding) => sealBytes(key, id, plaintext, binding),
    unwrap: async (wrapped, binding) => openBytes(key, wrapped, binding),
  }
}
