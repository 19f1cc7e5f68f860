import { action } from '#authorization/decision.ts'
import type { Operation } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listsOfResources } from '../../list-of-resources.ts'
import { identityType } from '../../resource-types.ts'
import { identitiesSince, renderIdentity } from './identity-wire.ts'

/** UserAssignedIdentities_ListBySubscription and UserAssignedIdentities_ListByResourceGroup: those that the caller may read. */
export function listIdentities(its: Pick<ResourceManagerDependencies, 'identities'>): readonly Operation[] {
  return listsOfResources({
    ids: {
      bySubscription: 'UserAssignedIdentities_ListBySubscription',
      byGroup: 'UserAssignedIdentities_ListByResourceGroup',
    },
    type: identityType,
    since: identitiesSince,
    read: action('Microsoft.ManagedIdentity/userAssignedIdentities/read'),
    fetch: (reader, query) => its.identities.list(reader, query),
    render: ({ tenant, request }, identities) =>
      Promise.resolve(identities.map((identity) => renderIdentity({ identity, tenant }, request.apiVersion))),
  })
}
