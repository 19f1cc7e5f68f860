import { defineOperation } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { type Recovery, renderSecretMetadata, type SecretProperties } from '../wire.ts'
import { recoverSecret } from './deleted-secret-store.ts'
import { viewDeletedSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { deletedSecretNotFound, respondJson } from './secret-response.ts'

interface RecoveredSecret {
  readonly properties: SecretProperties
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/recover/action')

/**
 * recoverDeletedSecret: brings a deleted secret back as it was, all versions, at once. Answers without the value, or 404 for a
 * secret that is not deleted. Source: contracts/key-vault.md §2.1, §4.
 */
export function createRecoverDeletedSecret({ vaults }: SecretDependencies) {
  return defineOperation<ObjectAddress, undefined, RecoveredSecret>({
    id: 'recoverDeletedSecret',
    method: 'POST',
    path: '/deletedsecrets/{name}/recover',
    since: '7.0',
    access: 'write',
    parse: parseObjectAddress,
    requirements: (context, address) => required(context.place, address.canonical, address.name),
    async handle(context, address) {
      const { place, transaction } = context
      const { recovery } = await vaults.factsAt(transaction, place)
      const properties = await recoverSecret(transaction, identityOf(place, address.canonical))
      if (properties === undefined) throw deletedSecretNotFound(address.name)
      return { properties, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond({ properties, recovery, assignmentId }, { origin, apiVersion }) {
      return respondJson(renderSecretMetadata(properties, { origin, apiVersion, recovery }), assignmentId)
    },
    audit: {
      operationName: 'SecretRecover',
      view: ({ name }, request, done) =>
        viewDeletedSecret(request, { name, action: 'recover' }, done?.properties.version),
    },
  })
}
