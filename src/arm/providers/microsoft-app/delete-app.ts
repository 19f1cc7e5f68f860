import { action } from '#authorization/decision.ts'
import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { respondEmpty } from '../../wire.ts'
import { appPath, appsSince, appType } from './app-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/**
 * ContainerApps_Delete: 200, or 204 when there was none. The identity ends with the app, and its tokens with it. Throws
 * `malformed` `LastRBACAdminAssignmentCannotBeDeleted`.
 */
export function deleteApp(its: Pick<ResourceManagerDependencies, 'apps'>): Operation<Input, undefined, boolean> {
  return defineOperation({
    id: 'ContainerApps_Delete',
    method: 'DELETE',
    path: appPath,
    since: appsSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.App/containerApps/delete')], scope: target }],
    async handle({ transaction }, { address }) {
      const deleted = await refuseToLeaveNoAdministrator(transaction, () => its.apps.delete(transaction, address))
      if (deleted) await removeRoleAssignmentsWithin(transaction, address.scope)
      return deleted
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.App/containerApps/delete'),
  })
}
