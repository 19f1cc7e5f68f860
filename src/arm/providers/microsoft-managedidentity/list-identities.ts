import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { canonicalName, type TenantId } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { IdentityRecord, ListPosition, ResourceAddress, ResourceManagerDependencies } from '../../dependencies.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import {
  type GroupAddress,
  parseGroup,
  parseResource,
  parseSubscription,
  type SubscriptionAddress,
} from '../../resource-id.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { identitiesSince, identityType, renderIdentity } from './identity-wire.ts'

type Its = Pick<ResourceManagerDependencies, 'identities'>

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
  readonly page: PageRequest
}

interface Output extends Page<IdentityRecord> {
  readonly path: string
  readonly tenant: TenantId
}

const readIdentity = action('Microsoft.ManagedIdentity/userAssignedIdentities/read')

/** UserAssignedIdentities_ListBySubscription: the identities that the caller may read. */
export function listIdentities(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'UserAssignedIdentities_ListBySubscription',
    path: `/subscriptions/{subscriptionId}/providers/${identityType}`,
    parsePlace: parseSubscription,
  })
}

/** UserAssignedIdentities_ListByResourceGroup: the same in one group. */
export function listIdentitiesByGroup(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'UserAssignedIdentities_ListByResourceGroup',
    path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${identityType}`,
    parsePlace: parseGroup,
  })
}

function defineList(
  its: Its,
  form: {
    readonly id: string
    readonly path: string
    readonly parsePlace: (path: Readonly<Record<string, string>>) => SubscriptionAddress | GroupAddress
  },
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: form.id,
    method: 'GET',
    path: form.path,
    since: identitiesSince,
    access: 'read',
    parse(request): Input {
      const place = form.parsePlace(request.path)
      return { target: place.scope, place, page: parsePage(request) }
    },
    requirements: () => 'filtered',
    async handle(context, { target, place, page }): Promise<Output> {
      const { transaction, tenant } = context
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      const listed = await collectPage(page, {
        fetch: (after, limit) =>
          its.identities.list(transaction, { ...place, ...(after === undefined ? {} : { after }), limit }),
        positionOf: ({ address }) => positionOf(address),
        isVisible: ({ address }) => context.permits(readIdentity, scopeOf(address)),
      })
      return { ...listed, tenant, path: `${target.path}/providers/${identityType}` }
    },
    respond: ({ rows, next, path, tenant }, request) =>
      respondJson(200, {
        value: rows.map((identity) => renderIdentity({ identity, tenant }, request.apiVersion)),
        nextLink: nextLink(request, path, next),
      }),
    audit: auditList('Microsoft.ManagedIdentity/userAssignedIdentities/read'),
  })
}

function positionOf({ resourceGroup, name }: ResourceAddress): ListPosition {
  return { resourceGroup: canonicalName(resourceGroup), name: canonicalName(name) }
}

function scopeOf({ subscription, resourceGroup, name }: ResourceAddress): Scope {
  const path = { subscriptionId: subscription, resourceGroupName: resourceGroup, name }
  return parseResource(path, identityType).scope
}
