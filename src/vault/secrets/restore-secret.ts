import { ServiceError } from '#base/errors.ts'
import { defineOperation, type OperationRequest } from '#operation/operation.ts'
import { type Recovery, renderSecretMetadata, type SecretProperties } from '../wire.ts'
import { type RestoredSecret, restoreSecret } from './restored-secret-store.ts'
import { sealSecretValue } from './sealed-secret.ts'
import { maximumBackupLength, openBackup, parseBackup, type SecretBackup } from './secret-backup.ts'
import { parseBackupText } from './secret-body.ts'
import { identityOf, type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson } from './secret-response.ts'
import { deletedButRecoverable } from './secret-rows.ts'

interface RestoredNow {
  readonly properties: SecretProperties
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/restore/action')
/** The blob, and what JSON puts around it. */
const maximumBodyBytes = maximumBackupLength + 1024

/**
 * restoreSecret: a secret from its backup, with all its versions, ids, attributes and tags, in any vault of the tenant that made
 * the backup. Answers without the value; 409 while the name is in use, by a deleted secret too; 400 for a blob that was altered
 * or made elsewhere. Source: contracts/key-vault.md §2.1, §4.
 */
export function createRestoreSecret({ seal, vaults, backupSealer }: SecretDependencies) {
  return defineOperation<SecretBackup, RestoredSecret, RestoredNow>({
    id: 'restoreSecret',
    method: 'POST',
    path: '/secrets/restore',
    since: '7.0',
    access: 'write',
    maximumBodyBytes,
    parse: (request) => parseBackup(parseBackupText(request.body)),
    // The name that the blob claims is the one it opens under, or it does not open.
    requirements: (context, backup) => required(context.place, backup.canonical, backup.name),
    async prepare({ place }, backup) {
      const [sealer, backups] = await Promise.all([sealerOf(seal, place.id), backupSealer(place.tenant)])
      const where = identityOf(place, backup.canonical)
      const { versions, latest } = openBackup(backups, place.tenant, backup)
      const sealed = versions.map(({ properties, value }) => {
        const sealedVersion = sealSecretValue(sealer, { ...where, version: properties.version }, value)
        value.reveal().fill(0)
        return { properties, ...sealedVersion }
      })
      return { latest, versions: sealed }
    },
    async handle(context, backup, restored) {
      const { place, transaction, request } = context
      const { recovery } = await vaults.factsAt(transaction, place)
      const outcome = await restoreSecret(transaction, identityOf(place, backup.canonical), restored)
      const properties = restored.latest
      if (outcome === 'deleted') throw deletedButRecoverable(backup.name)
      if (outcome === 'taken') throw nameTaken(`${request.origin}/secrets/${backup.name}/${properties.version}`)
      return { properties, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond({ properties, recovery, assignmentId }, { origin, apiVersion }) {
      return respondJson(renderSecretMetadata(properties, { origin, apiVersion, recovery }), assignmentId)
    },
    audit: { operationName: 'SecretRestore', view: viewRestore },
  })
}

function viewRestore({ name }: SecretBackup, request: OperationRequest, done: RestoredNow | undefined) {
  const { origin, apiVersion } = request
  const requestUri = `${origin}/secrets/restore?api-version=${encodeURIComponent(apiVersion)}`
  const id = `${origin}/secrets/${name}`
  if (done === undefined) return { id, requestUri }
  const { version } = done.properties
  return { id: `${id}/${version}`, requestUri, version }
}

/** wire: Azure's text. */
function nameTaken(id: string): ServiceError {
  return new ServiceError(
    'conflict',
    'Conflict',
    `There was a conflict restoring the secret '${id}'. This can happen if either: a second secret with the same name was created after the first secret was deleted; thus trying to restore a secret whose name is already in use. To fix this, rename the second secret to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the secret. To avoid this error, perform operations against a secret in a sequential manner.`,
  )
}
