import { ServiceError } from '#base/errors.ts'
import { type Guid, parseGuid, type SubscriptionId } from '#base/ids.ts'
import { defineOperation, type Operation, type OperationRequest, type OperationResponse } from '#operation/operation.ts'
import { auditTarget } from './audit-rule.ts'
import { parseLocation } from './locations.ts'
import { findStatus, type OperationStatus } from './operation-status-store.ts'
import { parseSubscription, type SubscriptionAddress } from './resource-id.ts'
import { respondJson } from './wire.ts'

/** Where a provider's long-running operations are asked for: a template with `{operationId}`, and `{location}` or none. */
export interface ResultRoute {
  readonly id: string
  readonly path: string
  readonly since: string
  /** What the record calls it. */
  readonly action: string
}

/** A stored operation; `location` is '' where the route has none. */
interface StoredOperation {
  readonly subscription: SubscriptionId
  readonly location: string
  readonly operationId: Guid
}

/** The path of a stored operation's outcome. */
export function formatResultPath({ path }: ResultRoute, operation: StoredOperation): string {
  return path
    .replace('{subscriptionId}', operation.subscription)
    .replace('{location}', operation.location)
    .replace('{operationId}', operation.operationId)
}

/**
 * 202 for work that clients insist on waiting for, although it is done: the outcome is at `Location`, on the origin that the
 * client used, for az takes the token's audience from it. az and the SDKs ask once at once.
 * Source: contracts/resource-manager-and-container-apps.md §0 fact 4, §1.4; contracts/real-clients-newest.md §3.8.
 */
export function respondAccepted(path: string, request: OperationRequest): OperationResponse {
  const location = `${request.origin}${path}?api-version=${encodeURIComponent(request.apiVersion)}`
  return { status: 202, headers: { Location: location, 'Retry-After': '1' } }
}

interface Input {
  readonly target: SubscriptionAddress['scope']
  readonly operation: StoredOperation
}

/**
 * The outcome of a long-running operation, as clients poll for it at `Location`: 200, and the state in the body for those
 * that read it. Its unguessable id is the permission: who deleted a group may have no right left to read anything by.
 */
export function defineOperationResult(route: ResultRoute): Operation<Input, undefined, Found> {
  return defineOperation({
    id: route.id,
    method: 'GET',
    path: route.path,
    since: route.since,
    access: 'read',
    parse(request): Input {
      const { subscription, scope } = parseSubscription(request.path)
      const location = route.path.includes('{location}') ? parseLocation(request.path['location']) : ''
      const operationId = parseGuid(request.path['operationId'], 'operationId', 'InvalidOperationId')
      return { target: scope, operation: { subscription, location, operationId } }
    },
    requirements: () => 'filtered',
    async handle({ transaction }, { operation }) {
      const status = await findStatus(transaction, operation, operation.operationId)
      if (status === undefined) {
        throw new ServiceError(
          'not-found',
          'OperationNotFound',
          `The operation '${operation.operationId}' was not found; operations are kept for 24 hours.`,
        )
      }
      return { status, path: formatResultPath(route, operation) }
    },
    respond: ({ status, path }) =>
      respondJson(200, {
        id: path,
        name: status.id,
        status: status.status,
        startTime: status.startedAt.toISOString(),
        endTime: status.endedAt.toISOString(),
      }),
    audit: auditTarget(route.action),
  })
}

interface Found {
  readonly status: OperationStatus
  readonly path: string
}
