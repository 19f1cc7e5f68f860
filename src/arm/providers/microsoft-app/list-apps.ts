import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { type GroupAddress, parseGroup, parseSubscription, type SubscriptionAddress } from '../../resource-id.ts'
import { requireVisibleGroup } from '../../visible-subscription.ts'
import { respondJson } from '../../wire.ts'
import { appsSince, appType, positionOf, renderApp, type ShownApp, typedAddress } from './app-wire.ts'
import { showApps } from './shown-app.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'environments'>

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
  readonly page: PageRequest
}

interface Output extends Page<ShownApp> {
  readonly path: string
}

const readApp = action('Microsoft.App/containerApps/read')

/** ContainerApps_ListBySubscription: the apps that the caller may read. */
export function listApps(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'ContainerApps_ListBySubscription',
    path: `/subscriptions/{subscriptionId}/providers/${appType}`,
    parsePlace: parseSubscription,
  })
}

/** ContainerApps_ListByResourceGroup: the same in one group. */
export function listAppsByGroup(its: Its): Operation<Input, undefined, Output> {
  return defineList(its, {
    id: 'ContainerApps_ListByResourceGroup',
    path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${appType}`,
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
      const { rows, next } = await collectPage(page, {
        fetch: (after, limit) =>
          its.apps.list(transaction, { ...place, ...(after === undefined ? {} : { after }), limit }),
        positionOf: ({ address }) => positionOf(address),
        isVisible: ({ address }) => context.permits(readApp, typedAddress(address, appType).scope),
      })
      return { rows: await showApps(its, transaction, rows), next, path: `${target.path}/providers/${appType}` }
    },
    respond: ({ rows, next, path }, request) =>
      respondJson(200, { value: rows.map(renderApp), nextLink: nextLink(request, path, next) }),
    audit: auditList('Microsoft.App/containerApps/read'),
  })
}
