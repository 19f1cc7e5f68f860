import type { TenantId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { IdentityRecord } from '../../identity-resources.ts'
import { identityType } from '../../resource-types.ts'
import { definedMembers } from '../../wire.ts'

/** First api-version of user-assigned identities. */
export const identitiesSince = '2015-08-31-preview'
export const identityPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${identityType}/{name}`

const isolationSince = '2024-11-30'

/** A user-assigned identity as an answer shows it; `tenant` is the one its service principal is in. */
export interface ShownIdentity {
  readonly identity: IdentityRecord
  readonly tenant: TenantId
}

/** A user-assigned identity on the wire. Source: contracts/resource-manager-and-container-apps.md §5. */
export function renderIdentity({ identity, tenant }: ShownIdentity, apiVersion: string): JsonObject {
  return {
    location: identity.location,
    tags: identity.tags,
    id: identity.resourceId,
    name: identity.address.name,
    type: identityType,
    properties: definedMembers({
      isolationScope: apiVersion >= isolationSince ? 'None' : undefined,
      tenantId: tenant,
      principalId: identity.principalId,
      clientId: identity.clientId,
    }),
  }
}
