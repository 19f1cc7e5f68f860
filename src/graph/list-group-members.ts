import type { PrincipalId, TenantId } from '#base/ids.ts'
import { listGroupMembers as listDirect, listTransitiveGroupMembers } from '#directory/group-store.ts'
import { findPrincipals, type Principal } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { unsupportedQuery } from './errors.ts'
import { parseObjectId } from './object-name.ts'
import { nextLink, type Page, type PageRequest, parsePage, readPage } from './query.ts'
import { renderTypedObject, respondCollection } from './wire.ts'

interface Input {
  readonly group: PrincipalId
  readonly page: PageRequest
}

interface Output extends Page<Principal> {
  readonly path: string
  readonly tenant: TenantId
}

/** The direct members of a group. */
export const listGroupMembers = define('listGroupMembers', 'members', listDirect)

/** The members of a group and of the groups in it. */
export const listTransitiveMembers = define('listTransitiveMembers', 'transitiveMembers', listTransitiveGroupMembers)

function define(id: string, relation: string, list: typeof listDirect): Operation<Input, undefined, Output> {
  const pathOf = ({ group }: Input) => `/v1.0/groups/${group}/${relation}`
  return defineOperation({
    id,
    method: 'GET',
    path: `/v1.0/groups/{id}/${relation}`,
    since: '',
    access: 'read',
    parse(request): Input {
      if (request.query.get('$filter') !== undefined) {
        throw unsupportedQuery("Members cannot be filtered: '$filter' is not supported here.", '$filter')
      }
      return { group: parseObjectId(request), page: parsePage(request) }
    },
    requirements: () => 'filtered',
    async handle({ transaction, tenant }, input): Promise<Output> {
      const { group, page } = input
      const found = await readPage(page, async (limit) => {
        const ids = await list(transaction, group, {
          limit,
          ...(page.after === undefined ? {} : { after: page.after }),
        })
        const members = await findPrincipals(transaction, ids)
        return members.toSorted((one, other) => (one.id < other.id ? -1 : 1))
      })
      return { ...found, tenant, path: pathOf(input) }
    },
    respond: ({ rows, next, path, tenant }, request) =>
      respondCollection(
        'directoryObjects',
        {
          value: rows.map((principal) => renderTypedObject(principal, tenant)),
          nextLink: nextLink(request, path, next),
        },
        request,
      ),
    audit: auditGraph(`Microsoft.Graph/groups/${relation}/read`, {
      path: pathOf,
      properties: (_input: Input, output: Output | undefined) => ({ resultCount: output?.rows.length ?? 0 }),
    }),
  })
}
