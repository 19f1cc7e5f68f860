import { action } from '#authorization/decision.ts'
import { deleteFederatedCredential as removeCredential } from '#directory/federated-credential-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { respondEmpty } from '../../wire.ts'
import {
  type CredentialAddress,
  credentialPath,
  credentialsSince,
  parseCredentialAddress,
} from './federated-credential-wire.ts'

/** FederatedIdentityCredentials_Delete: 200, or 204 when there was none. */
export function deleteFederatedCredential(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<CredentialAddress, undefined, boolean> {
  return defineOperation({
    id: 'FederatedIdentityCredentials_Delete',
    method: 'DELETE',
    path: credentialPath,
    since: credentialsSince,
    access: 'write',
    moves: 'generation',
    parse: parseCredentialAddress,
    requirements: (_context, { target }) => [
      {
        anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete')],
        scope: target,
      },
    ],
    async handle({ transaction }, { identity: address, name }) {
      const identity = await its.identities.findAt(transaction, address)
      return identity === undefined ? false : removeCredential(transaction, identity.clientId, name)
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete'),
  })
}
