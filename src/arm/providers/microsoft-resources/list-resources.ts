import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { auditList } from '../../audit-rule.ts'
import { collectPage, nextLink, type Page, parsePage, positionOf } from '../../paging.ts'
import { matchesTags, parseResourceFilter, type ResourceFilter } from '../../resource-filter.ts'
import {
  formatResourceId,
  type GroupAddress,
  parseGroup,
  parseSubscription,
  resourceScope,
  type SubscriptionAddress,
} from '../../resource-id.ts'
import { type KindResources, type ResourceKind, resourceKinds } from '../../resource-kinds.ts'
import type { ListPosition, TrackedResource } from '../../tracked-resource.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { definedMembers, respondJson } from '../../wire.ts'

/** In the order of the list, which its page tokens hold: types in lower case. */
const listedKinds: readonly ListedKind[] = resourceKinds
  .map((kind) => ({ kind, typeName: kind.type.toLowerCase() }))
  .toSorted((one, other) => (one.typeName < other.typeName ? -1 : 1))

interface ListedKind {
  readonly kind: ResourceKind
  readonly typeName: string
}

interface ListedResource {
  readonly kind: ResourceKind
  readonly resource: TrackedResource
  readonly position: ListPosition
}

interface Input {
  readonly target: SubscriptionAddress['scope']
  readonly place: SubscriptionAddress | GroupAddress
  readonly filter: ResourceFilter
  readonly page: ReturnType<typeof parsePage>
  readonly expand: ReadonlySet<Expansion>
}

/** What `$expand` adds to items. */
const expansions = ['createdTime', 'changedTime', 'provisioningState'] as const
type Expansion = (typeof expansions)[number]

interface Listed extends Page<ListedResource> {
  readonly path: string
  readonly expand: ReadonlySet<Expansion>
}

/** Resources_List: thin items of every kind in a subscription. az finds the group of a vault by it. */
export function listResources(its: KindResources): Operation<Input, unknown, Listed> {
  return defineList(its, {
    id: 'Resources_List',
    path: '/subscriptions/{subscriptionId}/resources',
    place: (request) => parseSubscription(request.path),
  })
}

/** Resources_ListByResourceGroup. */
export function listResourcesByGroup(its: KindResources): ReturnType<typeof listResources> {
  return defineList(its, {
    id: 'Resources_ListByResourceGroup',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/resources',
    place: (request) => parseGroup(request.path),
  })
}

function defineList(
  its: KindResources,
  form: {
    readonly id: string
    readonly path: string
    readonly place: (request: OperationRequest) => SubscriptionAddress | GroupAddress
  },
): ReturnType<typeof listResources> {
  return defineOperation({
    id: form.id,
    method: 'GET',
    path: form.path,
    since: '2015-11-01',
    access: 'read',
    parse(request): Input {
      const place = form.place(request)
      return {
        target: place.scope,
        place,
        filter: parseResourceFilter(request.query.get('$filter')),
        page: parsePage(request),
        expand: parseExpand(request.query.get('$expand')),
      }
    },
    requirements: () => 'filtered',
    async handle(context, { place, filter, page, target, expand }) {
      const { transaction } = context
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      const { resourceType } = filter
      const kinds =
        resourceType === undefined ? listedKinds : listedKinds.filter(({ typeName }) => typeName === resourceType)
      const found = await collectPage(page, {
        fetch: (after, limit) => fetchAcross(its, transaction, { kinds, place, filter, after, limit }),
        positionOf: ({ position }) => position,
        isVisible: ({ kind, resource }) =>
          matches(filter, resource) && context.permits(kind.read, resourceScope(resource.address, kind.type)),
      })
      return { ...found, path: `${target.path}/resources`, expand }
    },
    respond: ({ rows, next, path, expand }, request) =>
      respondJson(200, { value: rows.map((row) => renderItem(row, expand)), nextLink: nextLink(request, path, next) }),
    audit: auditList('Microsoft.Resources/subscriptions/resources/read'),
  })
}

/** One type after the other; a position's group carries its type before a colon, which no group name holds. */
async function fetchAcross(
  its: KindResources,
  reader: Reader,
  query: {
    readonly kinds: readonly ListedKind[]
    readonly place: SubscriptionAddress | GroupAddress
    readonly filter: ResourceFilter
    readonly after: ListPosition | undefined
    readonly limit: number
  },
): Promise<readonly ListedResource[]> {
  const found: ListedResource[] = []
  const [afterType, afterGroup] = query.after?.resourceGroup.split(':') ?? []
  const group = 'resourceGroup' in query.place ? query.place.resourceGroup : query.filter.resourceGroup
  for (const { kind, typeName } of query.kinds) {
    if (afterType !== undefined && typeName < afterType) continue
    const resumes = typeName === afterType && query.after !== undefined && afterGroup !== undefined
    const rows = await kind.list(its, reader, {
      subscription: query.place.subscription,
      ...(group === undefined ? {} : { resourceGroup: group }),
      ...(query.filter.name === undefined ? {} : { name: query.filter.name }),
      ...(resumes && query.after !== undefined ? { after: { resourceGroup: afterGroup, name: query.after.name } } : {}),
      limit: query.limit - found.length,
    })
    for (const resource of rows) {
      const { resourceGroup, name } = positionOf(resource)
      found.push({ kind, resource, position: { resourceGroup: `${typeName}:${resourceGroup}`, name } })
    }
    if (found.length >= query.limit) break
  }
  return found
}

function matches(filter: ResourceFilter, { location, tags, address }: TrackedResource): boolean {
  return (
    (filter.location === undefined || location === filter.location.replaceAll(' ', '')) &&
    (filter.resourceGroup === undefined || canonicalName(address.resourceGroup) === filter.resourceGroup) &&
    matchesTags(filter, tags)
  )
}

function renderItem({ kind, resource }: ListedResource, expand: ReadonlySet<Expansion>): JsonObject {
  const { createdAt, updatedAt } = resource.history
  return definedMembers({
    id: formatResourceId(resource.address, kind.type),
    name: resource.address.name,
    type: kind.type,
    location: resource.location,
    tags: resource.tags,
    createdTime: expand.has('createdTime') ? createdAt.toISOString() : undefined,
    changedTime: expand.has('changedTime') ? updatedAt.toISOString() : undefined,
    provisioningState: expand.has('provisioningState') ? 'Succeeded' : undefined,
  })
}

function parseExpand(text: string | undefined): ReadonlySet<Expansion> {
  const words = text === undefined || text.trim() === '' ? [] : text.split(',').map((word) => word.trim().toLowerCase())
  const chosen = expansions.filter((name) => words.includes(name.toLowerCase()))
  if (chosen.length === new Set(words).size) return new Set(chosen)
  const message = `'$expand' takes ${expansions.join(', ')}.`
  throw new ServiceError('malformed', 'InvalidExpand', message, { target: '$expand' })
}
