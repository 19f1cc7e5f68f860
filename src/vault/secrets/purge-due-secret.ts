import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { purgeSecret } from './deleted-secret-store.ts'
import { viewDeletedSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'

const required = requireAtSecret('secrets/purge/action')

/**
 * purgeDueSecret: destroys a deleted secret whose retention has passed, whatever the vault's purge protection and state. It is in
 * no surface's list, so no request can reach it: only the schedule runs it. Throws `conflict` `Conflict` when the secret was
 * recovered or purged meanwhile.
 */
export function createPurgeDueSecret({ opened }: Pick<SecretDependencies, 'opened'>) {
  return defineOperation<ObjectAddress, undefined, undefined>({
    id: 'purgeDueSecret',
    method: 'DELETE',
    path: '/deletedsecrets/{name}',
    since: '7.0',
    access: 'write',
    parse: parseObjectAddress,
    requirements: (context, address) => required(context.place, address.canonical, address.name),
    async handle({ place, transaction }, address) {
      const where = identityOf(place, address.canonical)
      if (!(await purgeSecret(transaction, where, { due: true }))) {
        throw new ServiceError('conflict', 'Conflict', `Deleted Secret ${address.name} is not due to be purged.`)
      }
      opened.forget(where)
      return undefined
    },
    respond: () => ({ status: 204 }),
    audit: {
      operationName: 'SecretPurge',
      view: (address, request) => viewDeletedSecret(request, address),
    },
  })
}
