import { defineOperation } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { type DeletedSecret, type Recovery, renderDeletedSecret } from '../wire.ts'
import { deleteSecret } from './deleted-secret-store.ts'
import { viewSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson, secretNotFound } from './secret-response.ts'

interface DeletedNow {
  readonly deleted: DeletedSecret
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/delete')

/**
 * deleteSecret: takes a secret away with all its versions, at once; until `scheduledPurgeDate` it can be recovered, and its name
 * cannot be used. The answer holds no value. Source: contracts/key-vault.md §2.1, §4.
 */
export function createDeleteSecret({ vaults, opened }: SecretDependencies) {
  return defineOperation<ObjectAddress, undefined, DeletedNow>({
    id: 'deleteSecret',
    method: 'DELETE',
    path: '/secrets/{name}',
    since: '7.0',
    access: 'write',
    parse: parseObjectAddress,
    requirements: (context, address) => required(context.place, address.canonical, address.name),
    async handle(context, address) {
      const { place, transaction } = context
      const where = identityOf(place, address.canonical)
      const { recovery } = await vaults.factsAt(transaction, place)
      const deleted = await deleteSecret(transaction, where, recovery.days)
      if (deleted === undefined) throw secretNotFound({ ...address, version: undefined })
      // Other processes find nothing under the revision that moved; here nothing opened needs to wait for its time.
      opened.forget(where)
      return { deleted, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond({ deleted, recovery, assignmentId }, { origin, apiVersion }) {
      return respondJson(renderDeletedSecret(deleted, { origin, apiVersion, recovery }), assignmentId)
    },
    audit: {
      operationName: 'SecretDelete',
      view: (address, request, done) => viewSecret(request, address, done?.deleted.properties),
    },
  })
}
