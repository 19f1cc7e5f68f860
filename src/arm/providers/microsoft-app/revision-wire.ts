import { childScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import type { ContainerAppRecord, RevisionRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { formatResourceId, parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { definedMembers } from '../../wire.ts'
import { appPath, appType, hostOf, ingressOf } from './app-wire.ts'

export const revisionsPath = `${appPath}/revisions`
export const revisionPath = `${revisionsPath}/{revisionName}`

/** A revision as a path names it; `target` is its scope. */
export interface RevisionAddress {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly revisionName: string
}

/** A revision with the app it belongs to. */
export interface FoundRevision {
  readonly app: ContainerAppRecord
  readonly revision: RevisionRecord
}

const namePattern = /^[a-z0-9-]{1,128}$/i

/** The app and revision in a path. Throws `not-found` `RevisionNotFound` for what can be no revision's name. */
export function parseRevisionAddress(request: OperationRequest): RevisionAddress {
  const address = parseResource(request.path, appType)
  const revisionName = request.path['revisionName'] ?? ''
  if (!namePattern.test(revisionName)) throw revisionNotFound(address)
  return { target: childScope(address.scope, 'revisions', revisionName), address, revisionName }
}

/** Throws `not-found` `ResourceNotFound` without the app, `RevisionNotFound` without the revision. */
export async function requireRevision(
  its: Pick<ResourceManagerDependencies, 'apps' | 'revisions'>,
  reader: Reader,
  { address, revisionName }: RevisionAddress,
): Promise<FoundRevision> {
  const app = await its.apps.find(reader, address)
  if (app === undefined) throw resourceNotFound(address)
  const revision = await its.revisions.find(reader, app.id, revisionName)
  if (revision === undefined) throw revisionNotFound(address)
  return { app, revision }
}

/**
 * A revision on the wire. Nothing runs: it is provisioned as long as it is active, and has neither replicas nor health.
 * Source: contracts/resource-manager-and-container-apps.md §6.2; contracts/real-captures.md §4.
 */
export function renderRevision({ app, revision }: FoundRevision, defaultDomain: string | undefined): JsonObject {
  return {
    id: `${formatResourceId(app.address, 'Microsoft.App/containerapps')}/revisions/${revision.name}`,
    name: revision.name,
    type: `${appType}/revisions`,
    properties: definedMembers({
      createdTime: revision.createdAt.toISOString(),
      fqdn: hostOf(app, defaultDomain, revision.name),
      template: revision.template,
      active: revision.active,
      replicas: 0,
      trafficWeight: revision.active ? trafficWeight(app, revision) : 0,
      healthState: 'None',
      provisioningState: revision.active ? 'Provisioned' : 'Deprovisioned',
      runningState: 'Stopped',
    }),
  }
}

/** The percentage of requests that the app's ingress gives to a revision. */
function trafficWeight(app: ContainerAppRecord, { name }: RevisionRecord): number {
  const traffic = ingressOf(app)?.['traffic']
  let weight = 0
  for (const rule of Array.isArray(traffic) ? traffic : []) {
    if (!isJsonObject(rule) || typeof rule['weight'] !== 'number') continue
    const isMeant = rule['latestRevision'] === true ? name === app.revisionName : rule['revisionName'] === name
    if (isMeant) weight += rule['weight']
  }
  return weight
}

function revisionNotFound({ name }: TypedResourceAddress): ServiceError {
  return new ServiceError(
    'not-found',
    'RevisionNotFound',
    `The container app '${name}' has no revision of this name.`,
    { target: 'revisionName' },
  )
}
