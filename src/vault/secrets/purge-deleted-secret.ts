import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Place } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { loadDeletedSecret, purgeSecret } from './deleted-secret-store.ts'
import { viewDeletedSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { deletedSecretNotFound, respondNothing } from './secret-response.ts'

interface PurgedSecret {
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/purge/action')

/**
 * purgeDeletedSecret: destroys a deleted secret for good, every version with its data key, before its time. Answers 404 for a
 * secret that is not deleted, and 403 `ForbiddenByPolicy` in a vault with purge protection. Source: contracts/key-vault.md §2.1,
 * §4.
 */
export function createPurgeDeletedSecret({ vaults, opened }: SecretDependencies) {
  return defineOperation<ObjectAddress, undefined, PurgedSecret>({
    id: 'purgeDeletedSecret',
    method: 'DELETE',
    path: '/deletedsecrets/{name}',
    since: '7.0',
    access: 'write',
    parse: parseObjectAddress,
    requirements: (context, address) => required(context.place, address.canonical, address.name),
    async handle(context, address) {
      const { place, transaction } = context
      const where = identityOf(place, address.canonical)
      const { purgeProtection } = await vaults.factsAt(transaction, place)
      if ((await loadDeletedSecret(transaction, where)) === undefined) throw deletedSecretNotFound(address.name)
      if (purgeProtection) throw purgeProtected(place)
      if (!(await purgeSecret(transaction, where, { due: false }))) throw deletedSecretNotFound(address.name)
      opened.forget(where)
      return { assignmentId: context.decision?.assignmentId }
    },
    respond: ({ assignmentId }) => respondNothing(assignmentId),
    audit: {
      operationName: 'SecretPurge',
      view: (address, request) => viewDeletedSecret(request, address),
    },
  })
}

/** wire: Azure's text. */
function purgeProtected(place: Place): ServiceError {
  return new ServiceError(
    'forbidden',
    'Forbidden',
    `Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: ${place.name};location=${place.location}`,
    { innerCode: 'ForbiddenByPolicy' },
  )
}
