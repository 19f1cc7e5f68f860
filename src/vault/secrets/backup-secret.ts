import type { SecretValue } from '#base/secret-value.ts'
import { defineOperation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { openSecretValue } from './sealed-secret.ts'
import { maximumBackedUpVersions, sealBackup } from './secret-backup.ts'
import { identityOf, type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson, secretNotFound } from './secret-response.ts'
import { loadSecretVersions } from './secret-store.ts'

interface Sealers {
  readonly vault: DomainSealer
  readonly backup: DomainSealer
}

interface MadeBackup {
  /** base64url. */
  readonly blob: string
  readonly versions: number
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/backup/action')

/**
 * backupSecret: a secret with all its versions, disabled ones too, as a sealed blob that can be restored into any vault of the
 * same tenant and opened nowhere else. Answers 404 for what is not there or deleted, 400 for more than 500 versions.
 * Source: contracts/key-vault.md §2.1, §9.
 */
export function createBackupSecret({ seal, vaults, backupSealer }: SecretDependencies) {
  return defineOperation<ObjectAddress, Sealers, MadeBackup>({
    id: 'backupSecret',
    method: 'POST',
    path: '/secrets/{name}/backup',
    since: '7.0',
    access: 'read',
    parse: parseObjectAddress,
    requirements: (context, address) => required(context.place, address.canonical, address.name),
    prepare: async ({ place }) => ({
      vault: await sealerOf(seal, place.id),
      backup: await backupSealer(place.tenant),
    }),
    async handle({ place, transaction, decision }, address, sealers) {
      // Nothing of a vault that was deleted meanwhile may leave.
      await vaults.factsAt(transaction, place)
      const where = identityOf(place, address.canonical)
      const rows = await loadSecretVersions(transaction, where, maximumBackedUpVersions + 1)
      if (rows.length === 0) throw secretNotFound({ ...address, version: undefined })
      const values: SecretValue[] = []
      try {
        const versions = rows.map((row) => {
          const value = openSecretValue(sealers.vault, where, row)
          values.push(value)
          return { properties: row.properties, value }
        })
        const blob = sealBackup(sealers.backup, place.tenant, versions)
        return { blob, versions: versions.length, assignmentId: decision?.assignmentId }
      } finally {
        for (const value of values) value.reveal().fill(0)
      }
    },
    respond: ({ blob, assignmentId }) => respondJson(`{"value":"${blob}"}`, assignmentId),
    audit: {
      operationName: 'SecretBackup',
      view({ name }, { origin, apiVersion }, made) {
        const id = `${origin}/secrets/${name}`
        const requestUri = `${id}/backup?api-version=${encodeURIComponent(apiVersion)}`
        return made === undefined ? { id, requestUri } : { id, requestUri, properties: { versions: made.versions } }
      },
    },
  })
}
