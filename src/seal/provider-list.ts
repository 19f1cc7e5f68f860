import type { KeyEncryptionProvider } from './key-encryption-key.ts'
import { createKeyFileProvider, type KeyFileSettings } from './providers/key-file.ts'
import { createPassphraseProvider, type PassphraseSettings } from './providers/passphrase.ts'

/** Where the key-encryption key comes from, one shape per provider. */
export type KeyEncryptionSettings = KeyFileSettings | PassphraseSettings

/** The provider that the settings name. A new provider is one file under `providers/` and one case here. */
export function createKeyEncryptionProvider(settings: KeyEncryptionSettings): KeyEncryptionProvider {
  switch (settings.kind) {
    case 'key-file':
      return createKeyFileProvider(settings)
    case 'passphrase':
      return createPassphraseProvider(settings)
  }
}
