import { action } from '#authorization/decision.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import {
  parseRevisionAddress,
  type RevisionAddress,
  renderRevision,
  requireRevision,
  revisionPath,
} from './revision-wire.ts'
import { showApp } from './shown-app.ts'

/** ContainerAppsRevisions_GetRevision. */
export function getRevision(
  its: Pick<ResourceManagerDependencies, 'apps' | 'revisions' | 'environments' | 'identities'>,
): Operation<RevisionAddress, undefined, JsonObject> {
  return defineOperation({
    id: 'ContainerAppsRevisions_GetRevision',
    method: 'GET',
    path: revisionPath,
    since: appsSince,
    access: 'read',
    parse: parseRevisionAddress,
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/containerApps/revisions/read')], scope: target },
    ],
    async handle({ transaction }, where) {
      const found = await requireRevision(its, transaction, where)
      const { defaultDomain } = await showApp(its, transaction, found.app)
      return renderRevision(found, defaultDomain)
    },
    respond: (revision) => respondJson(200, revision),
    audit: auditTarget('Microsoft.App/containerApps/revisions/read'),
  })
}
