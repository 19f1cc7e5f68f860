/**
 * vault: the Key Vault data plane: secrets now; keys and certificates have their place beside them. One operation is one file
 * and one line below. Never decides who may, never answers before the gate has recorded, and never stores or shows an
 * unsealed value anywhere but in an answer.
 */
import type { Operation, Surface } from '#operation/operation.ts'
import { vaultDialect } from './dialect.ts'
import { createBackupSecret } from './secrets/backup-secret.ts'
import { createDeleteSecret } from './secrets/delete-secret.ts'
import { createGetDeletedSecret } from './secrets/get-deleted-secret.ts'
import { createGetDeletedSecrets } from './secrets/get-deleted-secrets.ts'
import { createGetSecret } from './secrets/get-secret.ts'
import { createGetSecretVersions } from './secrets/get-secret-versions.ts'
import { createGetSecrets } from './secrets/get-secrets.ts'
import { createPurgeDeletedSecret } from './secrets/purge-deleted-secret.ts'
import { createRecoverDeletedSecret } from './secrets/recover-deleted-secret.ts'
import { createRestoreSecret } from './secrets/restore-secret.ts'
import type { SecretDependencies } from './secrets/secret-dependencies.ts'
import { createSetSecret } from './secrets/set-secret.ts'
import { createUpdateSecret } from './secrets/update-secret.ts'

const operations: readonly ((dependencies: SecretDependencies) => Operation)[] = [
  createGetSecret,
  createGetSecrets,
  createGetSecretVersions,
  createSetSecret,
  createUpdateSecret,
  createDeleteSecret,
  createGetDeletedSecret,
  createGetDeletedSecrets,
  createRecoverDeletedSecret,
  createPurgeDeletedSecret,
  createBackupSecret,
  createRestoreSecret,
]

/** A value of 25,600 bytes is larger once JSON has escaped it. */
const maximumBodyBytes = 256 * 1024

/** The surface named `vault`: its operations over `dependencies`, its dialect, and how its callers are authenticated. */
export function createVaultSurface(
  dependencies: SecretDependencies,
  authenticate: NonNullable<Surface['authenticate']>,
): Surface {
  return {
    name: 'vault',
    operations: operations.map((create) => create(dependencies)),
    maximumBodyBytes,
    apiVersions: 'newest-not-later',
    authenticate,
    dialect: vaultDialect,
  }
}
