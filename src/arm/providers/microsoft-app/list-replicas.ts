import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { parseRevisionAddress, type RevisionAddress, requireRevision, revisionPath } from './revision-wire.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'revisions'>

const readReplicas = 'Microsoft.App/containerApps/revisions/replicas/read'

/** ContainerAppsRevisionReplicas_ListReplicas: none, for nothing runs. */
export function listReplicas(its: Its): Operation<RevisionAddress, undefined, undefined> {
  return defineOperation({
    id: 'ContainerAppsRevisionReplicas_ListReplicas',
    method: 'GET',
    path: `${revisionPath}/replicas`,
    since: appsSince,
    access: 'read',
    parse: parseRevisionAddress,
    requirements: (_context, { target }) => [{ anyOf: [action(readReplicas)], scope: target }],
    async handle({ transaction }, where) {
      await requireRevision(its, transaction, where)
      return undefined
    },
    respond: () => respondJson(200, { value: [] }),
    audit: auditTarget(readReplicas),
  })
}

/** ContainerAppsRevisionReplicas_GetReplica: 404 `ReplicaNotFound`, for nothing runs. */
export function getReplica(its: Its): Operation<RevisionAddress, undefined, never> {
  return defineOperation({
    id: 'ContainerAppsRevisionReplicas_GetReplica',
    method: 'GET',
    path: `${revisionPath}/replicas/{replicaName}`,
    since: appsSince,
    access: 'read',
    parse: parseRevisionAddress,
    requirements: (_context, { target }) => [{ anyOf: [action(readReplicas)], scope: target }],
    async handle({ transaction }, where): Promise<never> {
      const { revision } = await requireRevision(its, transaction, where)
      throw new ServiceError('not-found', 'ReplicaNotFound', `Revision '${revision.name}' has no replica of this name.`)
    },
    respond: () => respondJson(200, {}),
    audit: auditTarget(readReplicas),
  })
}
