import type { Guid, SubscriptionId } from '#base/ids.ts'
import type { OperationRequest, OperationResponse } from '#operation/operation.ts'
import { respondJson } from '../../wire.ts'

export const statusPath =
  '/subscriptions/{subscriptionId}/providers/Microsoft.App/locations/{location}/containerappOperationStatuses/{operationId}'

/** A resource that was created at once, and the stored operation that clients insist on asking for. */
export interface FinishedCreation {
  readonly subscription: SubscriptionId
  readonly location: string
  readonly operationId: Guid
}

/** The id of a stored operation. */
export function formatStatusId({ subscription, location, operationId }: FinishedCreation): string {
  return `/subscriptions/${subscription}/providers/Microsoft.App/locations/${location}/containerappOperationStatuses/${operationId}`
}

/**
 * 201 with `Azure-AsyncOperation` for a creation: az fails without the header. Its URL starts with the origin that the
 * client used, for az takes the token's audience from it. 200 for a change, which ends the command at once.
 * Source: contracts/resource-manager-and-container-apps.md §0 facts 4 and 5; contracts/real-clients-newest.md §3.9.
 */
export function respondWritten(
  body: object,
  creation: FinishedCreation | undefined,
  request: OperationRequest,
): OperationResponse {
  if (creation === undefined) return respondJson(200, body)
  const query = `api-version=${encodeURIComponent(request.apiVersion)}&azureAsyncOperation=true`
  return respondJson(201, body, { 'Azure-AsyncOperation': `${request.origin}${formatStatusId(creation)}?${query}` })
}
