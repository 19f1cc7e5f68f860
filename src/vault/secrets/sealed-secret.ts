import { SecretValue } from '#base/secret-value.ts'
import { generateDataKey, importDataKey, openBytes, sealBytes } from '#crypto/envelope.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { SealedValue, SecretIdentity } from './secret-identity.ts'
import type { SealedSecretVersion } from './secret-store.ts'

/**
 * Seals a value under a new data key of its own. `version` is 32 hexadecimal digits and becomes the data key's id. Key and
 * value open only for this tenant, vault, name and version, so rows cannot be swapped.
 */
export function sealSecretValue(
  sealer: DomainSealer,
  where: SecretIdentity & { readonly version: string },
  value: SecretValue,
): SealedValue {
  const { key, bytes } = generateDataKey()
  try {
    return {
      sealedKey: sealer.seal(bytes, bindingOf(where, where.version, 'data-key')),
      sealedValue: sealBytes(
        key,
        Buffer.from(where.version, 'hex'),
        value.reveal(),
        bindingOf(where, where.version, 'value'),
      ),
    }
  } finally {
    bytes.fill(0)
  }
}

/**
 * Opens a version's value. It takes only a row that was read through a transaction, and so under a decision that still held.
 * Throws `internal` `SealBroken` if the row was altered or belongs elsewhere.
 */
export function openSecretValue(sealer: DomainSealer, where: SecretIdentity, row: SealedSecretVersion): SecretValue {
  const { version } = row.properties
  const bytes = sealer.open(row.sealedKey, bindingOf(where, version, 'data-key'))
  try {
    return new SecretValue(openBytes(importDataKey(bytes), row.sealedValue, bindingOf(where, version, 'value')))
  } finally {
    bytes.fill(0)
  }
}

function bindingOf(where: SecretIdentity, version: string, level: 'data-key' | 'value'): readonly string[] {
  return [where.tenant, where.vault, 'secret', where.canonical, version, level]
}
