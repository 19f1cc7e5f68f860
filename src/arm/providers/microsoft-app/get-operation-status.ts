import { ServiceError } from '#base/errors.ts'
import { parseGuid } from '#base/ids.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseLocation } from '../../locations.ts'
import { findStatus } from '../../operation-status-store.ts'
import { parseSubscription } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { formatStatusId, statusPath } from './finished-operation.ts'

/**
 * The state of a long-running operation. Its unguessable id is the permission, as the signature in Azure's URL is: who may
 * create an app in one group may not read anything at the subscription.
 */
export const getOperationStatus = defineOperation({
  id: 'ContainerApps_GetOperationStatus',
  method: 'GET',
  path: statusPath,
  since: appsSince,
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    const location = parseLocation(request.path['location'])
    const operationId = parseGuid(request.path['operationId'], 'operationId', 'InvalidOperationId')
    return { target: scope, subscription, location, operationId }
  },
  requirements: () => 'filtered',
  async handle({ transaction }, { subscription, location, operationId }) {
    const found = await findStatus(transaction, { subscription, location }, operationId)
    if (found === undefined) {
      throw new ServiceError(
        'not-found',
        'OperationNotFound',
        `The operation '${operationId}' was not found; operations are kept for 24 hours.`,
      )
    }
    return { found, id: formatStatusId({ subscription, location, operationId }) }
  },
  respond: ({ found, id }) =>
    respondJson(
      200,
      {
        id,
        name: found.id,
        status: found.status,
        startTime: found.startedAt.toISOString(),
        endTime: found.endedAt.toISOString(),
      },
      // az polls at least twice and would sleep two seconds in between.
      { 'Retry-After': '0' },
    ),
  audit: auditTarget('Microsoft.App/locations/containerappOperationStatuses/read'),
})
