import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { canonicalName } from '#base/ids.ts'
import { type FederatedCredential, listFederatedCredentials } from '#directory/federated-credential-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import type { IdentityRecord } from '../../identity-resources.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'
import { respondJson } from '../../wire.ts'
import { credentialsPath, credentialsSince, renderCredential, requireParent } from './federated-credential-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly page: PageRequest
}

interface Output extends Page<FederatedCredential> {
  readonly identity: IdentityRecord
}

/** FederatedIdentityCredentials_List. */
export function listIdentityCredentials(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'FederatedIdentityCredentials_List',
    method: 'GET',
    path: credentialsPath,
    since: credentialsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, identityType)
      return { target: address.scope, address, page: parsePage(request) }
    },
    requirements: (_context, { target }) => [
      {
        anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read')],
        scope: target,
      },
    ],
    async handle({ transaction }, { address, page }): Promise<Output> {
      const identity = await requireParent(its, transaction, address)
      const listed = await collectPage(page, {
        fetch: (after, limit) =>
          listFederatedCredentials(transaction, identity.clientId, { after: after?.name, limit }),
        positionOf: ({ name }) => ({ resourceGroup: '', name: canonicalName(name) }),
        isVisible: () => true,
      })
      return { ...listed, identity }
    },
    respond: ({ rows, next, identity }, request) =>
      respondJson(200, {
        value: rows.map((credential) => renderCredential({ identity, credential })),
        nextLink: nextLink(request, `${identity.resourceId}/federatedIdentityCredentials`, next),
      }),
    audit: auditList('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read'),
  })
}
