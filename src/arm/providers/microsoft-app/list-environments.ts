import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { EnvironmentRecord, ResourceManagerDependencies } from '../../dependencies.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { type GroupAddress, parseGroup, parseSubscription, type SubscriptionAddress } from '../../resource-id.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { appsSince, positionOf, typedAddress } from './app-wire.ts'
import { environmentType, renderEnvironment } from './environment-wire.ts'

type Its = Pick<ResourceManagerDependencies, 'environments'>

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
  readonly page: PageRequest
}

interface Output extends Page<EnvironmentRecord> {
  readonly path: string
}

const readEnvironment = action('Microsoft.App/managedEnvironments/read')

/** ManagedEnvironments_ListBySubscription: those that the caller may read. */
export function listEnvironments(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'ManagedEnvironments_ListBySubscription',
    path: `/subscriptions/{subscriptionId}/providers/${environmentType}`,
    parsePlace: parseSubscription,
  })
}

/** ManagedEnvironments_ListByResourceGroup: the same in one group. */
export function listEnvironmentsByGroup(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'ManagedEnvironments_ListByResourceGroup',
    path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${environmentType}`,
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
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const place = form.parsePlace(request.path)
      return { target: place.scope, place, page: parsePage(request) }
    },
    requirements: () => 'filtered',
    async handle(context, { target, place, page }): Promise<Output> {
      const { transaction } = context
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      const found = await collectPage(page, {
        fetch: (after, limit) =>
          its.environments.list(transaction, { ...place, ...(after === undefined ? {} : { after }), limit }),
        positionOf: ({ address }) => positionOf(address),
        isVisible: ({ address }) => context.permits(readEnvironment, typedAddress(address, environmentType).scope),
      })
      return { ...found, path: `${target.path}/providers/${environmentType}` }
    },
    respond: ({ rows, next, path }, request) =>
      respondJson(200, { value: rows.map(renderEnvironment), nextLink: nextLink(request, path, next) }),
    audit: auditList('Microsoft.App/managedEnvironments/read'),
  })
}
