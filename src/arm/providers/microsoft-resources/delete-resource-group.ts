import { action } from '#authorization/decision.ts'
import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import { childScope, type Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { defineOperationResult, formatResultPath, type ResultRoute, respondAccepted } from '../../operation-result.ts'
import { insertSucceeded } from '../../operation-status-store.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { deleteGroup, resourceGroupNotFound } from '../../resource-group-store.ts'
import { type GroupAddress, parseGroup } from '../../resource-id.ts'
import { type KindResources, resourceKinds } from '../../resource-kinds.ts'
import { groupPath, groupsSince } from './group-wire.ts'

interface Input {
  readonly target: Scope
  readonly group: GroupAddress
}

const groupResults: ResultRoute = {
  id: 'ResourceGroups_GetOperationResult',
  path: '/subscriptions/{subscriptionId}/operationresults/{operationId}',
  since: groupsSince,
  action: 'Microsoft.Resources/subscriptions/operationresults/read',
}

/** The outcome of a group's deletion. */
export const getGroupOperationResult = defineOperationResult(groupResults)

/**
 * ResourceGroups_Delete: the group with everything in it and the role assignments on it, in one transaction; 202 and the place
 * of the outcome, for az takes 204 for an error. Vaults are soft-deleted and keep their role assignments until they are purged.
 * Throws `not-found` `ResourceGroupNotFound`, `conflict` `ResourceGroupDeletionBlocked`, `malformed`
 * `LastRBACAdminAssignmentCannotBeDeleted`.
 */
export function deleteResourceGroup(its: KindResources): Operation<Input, undefined, string> {
  return defineOperation({
    id: 'ResourceGroups_Delete',
    method: 'DELETE',
    path: groupPath,
    since: groupsSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const group = parseGroup(request.path)
      return { target: group.scope, group }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.Resources/subscriptions/resourceGroups/delete')], scope: target },
    ],
    async handle({ transaction }, { target, group }) {
      // First of all: who puts a resource into the group holds its row, and finds none once this is committed.
      if (!(await deleteGroup(transaction, group))) throw resourceGroupNotFound(group.resourceGroup)
      await refuseToLeaveNoAdministrator(transaction, async () => {
        for (const kind of resourceKinds) await kind.deleteAll(its, transaction, group)
      })
      const vaults = childScope(target, 'providers', 'Microsoft.KeyVault', 'vaults')
      await removeRoleAssignmentsWithin(transaction, target, { except: vaults })
      const place = { subscription: group.subscription, location: '' }
      return formatResultPath(groupResults, { ...place, operationId: await insertSucceeded(transaction, place) })
    },
    respond: (path, request) => respondAccepted(path, request),
    audit: auditTarget('Microsoft.Resources/subscriptions/resourceGroups/delete'),
  })
}
