import type { TenantId } from '#base/ids.ts'
import { type PrincipalCondition, searchPrincipals } from '#directory/principal-search.ts'
import type { Principal, PrincipalType } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { type Collection, parseFilter } from './filter.ts'
import { nextLink, type Page, type PageRequest, parsePage, readPage } from './query.ts'
import { renderObject, respondCollection } from './wire.ts'

interface Input {
  readonly conditions: readonly PrincipalCondition[]
  readonly page: PageRequest
}

interface Output extends Page<Principal> {
  readonly tenant: TenantId
}

/** The tenant's users. Filters: `id`, `displayName`, `userPrincipalName`, `accountEnabled`. */
export const listUsers = defineList('listUsers', 'users', 'User')

/** The tenant's groups. Filters: `id`, `displayName`, `mailNickname`. */
export const listGroups = defineList('listGroups', 'groups', 'Group')

/** The tenant's service principals. Filters: `id`, `appId`, `displayName`, `servicePrincipalNames`, `servicePrincipalType`. */
export const listServicePrincipals = defineList('listServicePrincipals', 'servicePrincipals', 'ServicePrincipal')

function defineList(id: string, collection: Collection, type: PrincipalType): Operation<Input, undefined, Output> {
  const path = `/v1.0/${collection}`
  return defineOperation({
    id,
    method: 'GET',
    path,
    since: '',
    access: 'read',
    parse: (request): Input => ({ conditions: parseFilter(request, collection), page: parsePage(request) }),
    // Every principal of a tenant may read its directory, as Entra's members may.
    requirements: () => 'filtered',
    async handle({ transaction, tenant }, { conditions, page }): Promise<Output> {
      const { after } = page
      const found = await readPage(page, (limit) => searchPrincipals(transaction, { type, conditions, after, limit }))
      return { ...found, tenant }
    },
    respond: ({ rows, next, tenant }, request) =>
      respondCollection(
        collection,
        {
          value: rows.map((principal) => renderObject(principal, tenant)),
          nextLink: nextLink(request, path, next),
        },
        request,
      ),
    audit: auditGraph(`Microsoft.Graph/${collection}/read`, {
      path: () => path,
      properties: (_input: Input, output: Output | undefined) => ({ resultCount: output?.rows.length ?? 0 }),
    }),
  })
}
