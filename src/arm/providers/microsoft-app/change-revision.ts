import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { Writer } from '#storage/database.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { respondText } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import {
  type FoundRevision,
  parseRevisionAddress,
  type RevisionAddress,
  requireRevision,
  revisionPath,
} from './revision-wire.ts'
import { refuseBrokenRevision } from './secret-refs.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'revisions'>

/**
 * ContainerAppsRevisions_ActivateRevision. In single revision mode only the newest can be active. Throws `conflict`
 * `ContainerAppSingleRevisionMode`, `malformed` `ContainerAppSecretRefNotFound`.
 */
export function activateRevision(its: Its): Operation<RevisionAddress, undefined, string> {
  return defineChange(its, 'activate', async (writer, { app, revision }) => {
    if (revision.active) return `Revision '${revision.name}' is active already.`
    if (isSingle(app) && revision.name !== app.revisionName) {
      throw new ServiceError(
        'conflict',
        'ContainerAppSingleRevisionMode',
        `The container app '${app.address.name}' is in single revision mode, where only its newest revision '${app.revisionName}' can be active. Set 'configuration.activeRevisionsMode' to 'Multiple' first.`,
      )
    }
    refuseBrokenRevision(revision, app)
    await its.revisions.setActive(writer, app.id, revision.name, true)
    return `Revision '${revision.name}' is active.`
  })
}

/** ContainerAppsRevisions_DeactivateRevision. */
export function deactivateRevision(its: Its): Operation<RevisionAddress, undefined, string> {
  return defineChange(its, 'deactivate', async (writer, { app, revision }) => {
    await its.revisions.setActive(writer, app.id, revision.name, false)
    return `Revision '${revision.name}' is inactive.`
  })
}

/**
 * ContainerAppsRevisions_RestartRevision. There are no replicas to restart, and every command that is started as the app
 * reads its secrets anew, so there is nothing to do but to say so. Throws `conflict` `ContainerAppRevisionInactive`.
 */
export function restartRevision(its: Its): Operation<RevisionAddress, undefined, string> {
  return defineChange(its, 'restart', (_writer, { revision }) => {
    if (revision.active) return Promise.resolve(`Revision '${revision.name}' has no replicas to restart.`)
    throw new ServiceError(
      'conflict',
      'ContainerAppRevisionInactive',
      `Revision '${revision.name}' is inactive. Activate it first.`,
    )
  })
}

/** 200 with a sentence as JSON, for az reads the answer as JSON. */
function defineChange(
  its: Its,
  verb: 'activate' | 'deactivate' | 'restart',
  change: (writer: Writer, found: FoundRevision) => Promise<string>,
): Operation<RevisionAddress, undefined, string> {
  const name = `Microsoft.App/containerApps/revisions/${verb}/action`
  return defineOperation({
    id: `ContainerAppsRevisions_${verb[0]?.toUpperCase()}${verb.slice(1)}Revision`,
    method: 'POST',
    path: `${revisionPath}/${verb}`,
    since: appsSince,
    access: 'write',
    parse: parseRevisionAddress,
    requirements: (_context, { target }) => [{ anyOf: [action(name)], scope: target }],
    handle: async ({ transaction }, where) => change(transaction, await requireRevision(its, transaction, where)),
    respond: (sentence) => respondText(200, sentence),
    audit: auditTarget(name),
  })
}

function isSingle({ properties }: ContainerAppRecord): boolean {
  const { configuration } = properties
  return isJsonObject(configuration) && configuration['activeRevisionsMode'] === 'Single'
}
