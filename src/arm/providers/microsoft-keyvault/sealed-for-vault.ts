import { ServiceError } from '#base/errors.ts'
import type { SealedVaultSecret, VaultRecord } from '../../vault-resources.ts'

/**
 * The value that was sealed for this vault before the transaction. Throws `conflict` `Conflict` when the vault became another
 * one meanwhile: what was sealed for the former would not open in it.
 */
export function requireSealedFor(vault: VaultRecord, sealed: SealedVaultSecret | undefined): SealedVaultSecret {
  if (sealed?.vault === vault.id) return sealed
  throw new ServiceError(
    'conflict',
    'Conflict',
    `The vault '${vault.address.name}' was changed by another request. Try again.`,
  )
}
