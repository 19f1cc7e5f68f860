import { action } from '#authorization/decision.ts'
import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'
import { respondEmpty } from '../../wire.ts'
import { identitiesSince, identityPath } from './identity-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/**
 * UserAssignedIdentities_Delete: 200, or 204 when there was none. Its service principal goes with it and its tokens are worth
 * nothing from the commit on. Roles it had elsewhere stay and point at nobody, as in Azure; roles others had at it go. Throws
 * `malformed` `LastRBACAdminAssignmentCannotBeDeleted`.
 */
export function deleteIdentity(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<Input, undefined, boolean> {
  return defineOperation({
    id: 'UserAssignedIdentities_Delete',
    method: 'DELETE',
    path: identityPath,
    since: identitiesSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const address = parseResource(request.path, identityType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/delete')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      const deleted = await refuseToLeaveNoAdministrator(transaction, () => its.identities.delete(transaction, address))
      if (deleted) await removeRoleAssignmentsWithin(transaction, address.scope)
      return deleted
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.ManagedIdentity/userAssignedIdentities/delete'),
  })
}
