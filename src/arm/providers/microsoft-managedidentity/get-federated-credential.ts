import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { findFederatedCredential } from '#directory/federated-credential-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { respondJson } from '../../wire.ts'
import {
  type CredentialAddress,
  credentialPath,
  credentialsSince,
  parseCredentialAddress,
  renderCredential,
  requireParent,
  type ShownCredential,
} from './federated-credential-wire.ts'

/** FederatedIdentityCredentials_Get. */
export function getFederatedCredential(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<CredentialAddress, undefined, ShownCredential> {
  return defineOperation({
    id: 'FederatedIdentityCredentials_Get',
    method: 'GET',
    path: credentialPath,
    since: credentialsSince,
    access: 'read',
    parse: parseCredentialAddress,
    requirements: (_context, { target }) => [
      {
        anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read')],
        scope: target,
      },
    ],
    async handle({ transaction }, { identity: address, name }): Promise<ShownCredential> {
      const identity = await requireParent(its, transaction, address)
      const credential = await findFederatedCredential(transaction, identity.clientId, name)
      if (credential === undefined) {
        const text = `The federated identity credential '${name}' of identity '${address.name}' was not found.`
        throw new ServiceError('not-found', 'ResourceNotFound', text)
      }
      return { identity, credential }
    },
    respond: (output) => respondJson(200, renderCredential(output)),
    audit: auditTarget('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read'),
  })
}
