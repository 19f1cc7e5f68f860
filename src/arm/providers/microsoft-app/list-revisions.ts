import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { notSupported } from '../../body.ts'
import type { RevisionRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { collectPage, invalidSkipToken, nextLink, type Page, type PageRequest, parsePage } from '../../paging.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appsSince, appType } from './app-wire.ts'
import { renderRevision, revisionsPath } from './revision-wire.ts'
import { showApp } from './shown-app.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly page: PageRequest
}

interface Output extends Page<JsonObject> {
  readonly path: string
}

/** ContainerAppsRevisions_ListRevisions: the revisions that are kept, active and inactive, newest first. */
export function listRevisions(
  its: Pick<ResourceManagerDependencies, 'apps' | 'revisions' | 'environments' | 'identities'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'ContainerAppsRevisions_ListRevisions',
    method: 'GET',
    path: revisionsPath,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      refuseFilter(request)
      return { target: address.scope, address, page: parsePage(request) }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/containerApps/revisions/read')], scope: target },
    ],
    async handle({ transaction }, { target, address, page }): Promise<Output> {
      const app = await its.apps.find(transaction, address)
      if (app === undefined) throw resourceNotFound(address)
      const { defaultDomain } = await showApp(its, transaction, app)
      const { rows, next } = await collectPage<RevisionRecord>(page, {
        fetch: (after, limit) =>
          its.revisions.list(transaction, app.id, {
            ...(after === undefined ? {} : { before: parseOrdinal(after.name) }),
            limit,
          }),
        positionOf: ({ ordinal }) => ({ resourceGroup: '', name: String(ordinal) }),
        isVisible: () => true,
      })
      const shown = rows.map((revision) => renderRevision({ app, revision }, defaultDomain))
      return { rows: shown, next, path: `${target.path}/revisions` }
    },
    respond: ({ rows, next, path }, request) =>
      respondJson(200, { value: rows, nextLink: nextLink(request, path, next) }),
    audit: auditList('Microsoft.App/containerApps/revisions/read'),
  })
}

function refuseFilter({ query }: OperationRequest): void {
  if ((query.get('$filter') ?? '') === '') return
  throw notSupported("'$filter' is not supported for revisions.", '$filter')
}

function parseOrdinal(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalidSkipToken()
}
