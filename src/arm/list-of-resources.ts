import type { Action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation, type OperationContext } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { auditList } from './audit-rule.ts'
import { collectPage, nextLink, type Page, type PageRequest, parsePage, positionOf } from './paging.ts'
import {
  type GroupAddress,
  parseGroup,
  parseSubscription,
  resourceScope,
  type SubscriptionAddress,
} from './resource-id.ts'
import type { ResourceQuery, TrackedResource } from './tracked-resource.ts'
import { requireVisibleGroup } from './visible-subscription.ts'
import { respondJson } from './wire.ts'

interface Input {
  readonly target: Scope
  readonly place: SubscriptionAddress | GroupAddress
  readonly page: PageRequest
}

interface Output extends Page<JsonObject> {
  readonly path: string
}

/** How resources of one type are listed. */
interface ListForm<Row extends TrackedResource> {
  /** Azure's operation ids. */
  readonly ids: { readonly bySubscription: string; readonly byGroup: string }
  /** `Microsoft.App/containerApps`. */
  readonly type: string
  /** First api-version of the provider. */
  readonly since: string
  readonly read: Action
  fetch(reader: Reader, query: ResourceQuery): Promise<readonly Row[]>
  /** The rows that the caller may read, on the wire, in their order. */
  render(context: OperationContext, rows: readonly Row[]): Promise<readonly JsonObject[]>
}

/**
 * The two lists that every tracked resource has, of a subscription and of one of its groups: those that the caller may
 * read, ordered by group and name, page by page.
 */
export function listsOfResources<Row extends TrackedResource>(
  form: ListForm<Row>,
): readonly Operation<Input, undefined, Output>[] {
  return [
    defineList(form, form.ids.bySubscription, '/subscriptions/{subscriptionId}', parseSubscription),
    defineList(
      form,
      form.ids.byGroup,
      '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}',
      parseGroup,
    ),
  ]
}

function defineList<Row extends TrackedResource>(
  form: ListForm<Row>,
  id: string,
  above: string,
  parsePlace: (path: Readonly<Record<string, string>>) => SubscriptionAddress | GroupAddress,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id,
    method: 'GET',
    path: `${above}/providers/${form.type}`,
    since: form.since,
    access: 'read',
    parse(request): Input {
      const place = parsePlace(request.path)
      return { target: place.scope, place, page: parsePage(request) }
    },
    requirements: () => 'filtered',
    async handle(context, { target, place, page }): Promise<Output> {
      const { transaction } = context
      if ('resourceGroup' in place) await requireVisibleGroup(context, place)
      const { rows, next } = await collectPage(page, {
        fetch: (after, limit) =>
          form.fetch(transaction, { ...place, ...(after === undefined ? {} : { after }), limit }),
        positionOf,
        isVisible: ({ address }) => context.permits(form.read, resourceScope(address, form.type)),
      })
      return { rows: await form.render(context, rows), next, path: `${target.path}/providers/${form.type}` }
    },
    respond: ({ rows, next, path }, request) =>
      respondJson(200, { value: rows, nextLink: nextLink(request, path, next) }),
    audit: auditList(`${form.type}/read`),
  })
}
