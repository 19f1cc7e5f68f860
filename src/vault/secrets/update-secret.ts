import { defineOperation } from '#operation/operation.ts'
import { parseSecretAddress, type SecretAddress } from '../names.ts'
import { type Recovery, renderSecretMetadata, type SecretProperties } from '../wire.ts'
import { viewSecret } from './secret-audit.ts'
import { parseSecretChanges, type SecretChanges } from './secret-body.ts'
import { identityOf, type SecretDependencies } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson, secretNotFound } from './secret-response.ts'
import { updateSecretVersion } from './secret-store.ts'

interface UpdateSecretInput {
  readonly address: SecretAddress
  readonly changes: SecretChanges
}

interface UpdatedSecret {
  readonly properties: SecretProperties
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/update/action')

/**
 * updateSecret: content type, attributes and tags of one version, the latest when none is named; also of a disabled one, as
 * this is how it is enabled again. The value cannot be changed and is not in the answer. Source: contracts/key-vault.md §2.1.
 */
export function createUpdateSecret({ vaults }: SecretDependencies) {
  return defineOperation<UpdateSecretInput, undefined, UpdatedSecret>({
    id: 'updateSecret',
    method: 'PATCH',
    path: '/secrets/{name}/{version?}',
    since: '7.0',
    access: 'write',
    parse: (request) => ({ address: parseSecretAddress(request), changes: parseSecretChanges(request.body) }),
    requirements: (context, input) => required(context.place, input.address.canonical, input.address.name),
    async handle(context, { address, changes }) {
      const { place, transaction } = context
      const { recovery } = await vaults.factsAt(transaction, place)
      const where = { ...identityOf(place, address.canonical), version: address.version }
      const properties = await updateSecretVersion(transaction, where, changes)
      if (properties === undefined) throw secretNotFound(address)
      return { properties, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond(updated, { origin, apiVersion }) {
      const view = { origin, apiVersion, recovery: updated.recovery }
      return respondJson(renderSecretMetadata(updated.properties, view), updated.assignmentId)
    },
    audit: {
      operationName: 'SecretUpdate',
      view: (input, request, updated) => viewSecret(request, input.address, updated?.properties),
    },
  })
}
