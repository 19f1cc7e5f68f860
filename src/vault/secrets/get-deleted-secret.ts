import { defineOperation } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { type DeletedSecret, type Recovery, renderDeletedSecret } from '../wire.ts'
import { loadDeletedSecret } from './deleted-secret-store.ts'
import { viewDeletedSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { deletedSecretNotFound, respondJson, secretDisabled } from './secret-response.ts'

interface FoundDeleted {
  readonly deleted: DeletedSecret
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/readMetadata/action')

/**
 * getDeletedSecret: a deleted secret's metadata, when it was deleted and when it will be purged; never a value. Answers 404 for a
 * secret that is not deleted, 403 `SecretDisabled` when its latest version is disabled. Source: contracts/key-vault.md §2.1, §4.
 */
export function createGetDeletedSecret({ vaults }: SecretDependencies) {
  return defineOperation<ObjectAddress, undefined, FoundDeleted>({
    id: 'getDeletedSecret',
    method: 'GET',
    path: '/deletedsecrets/{name}',
    since: '7.0',
    access: 'read',
    parse: parseObjectAddress,
    requirements(context, address) {
      const [requirement] = required(context.place, address.canonical, address.name)
      return [{ ...requirement, secretPermission: 'get' }]
    },
    async handle(context, address) {
      const { place, transaction } = context
      const deleted = await loadDeletedSecret(transaction, identityOf(place, address.canonical))
      if (deleted === undefined) throw deletedSecretNotFound(address.name)
      if (!deleted.properties.enabled) throw secretDisabled()
      const { recovery } = await vaults.factsAt(transaction, place)
      return { deleted, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond({ deleted, recovery, assignmentId }, { origin, apiVersion }) {
      return respondJson(renderDeletedSecret(deleted, { origin, apiVersion, recovery }), assignmentId)
    },
    audit: {
      operationName: 'SecretGetDeleted',
      view: (address, request, found) => viewDeletedSecret(request, address, found?.deleted.properties.version),
    },
  })
}
