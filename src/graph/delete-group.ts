import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import type { PrincipalId } from '#base/ids.ts'
import { deletePrincipal, findPrincipal } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import type { GraphDependencies } from './dependencies.ts'
import { objectNotFound } from './errors.ts'
import { requireGroupAdministration } from './group-administration.ts'
import { parseObjectId } from './object-name.ts'

/**
 * Deletes a group for good; what its members had through it they lose at the next call. Throws `not-found`
 * `Request_ResourceNotFound`, `malformed` `LastRBACAdminAssignmentCannotBeDeleted`.
 */
export function deleteGroup(its: GraphDependencies): Operation<PrincipalId, undefined, undefined> {
  return defineOperation({
    id: 'deleteGroup',
    method: 'DELETE',
    path: '/v1.0/groups/{id}',
    since: '',
    access: 'write',
    moves: 'generation',
    parse: (request) => parseObjectId(request),
    requirements: () => requireGroupAdministration(its),
    async handle({ transaction }, id) {
      if ((await findPrincipal(transaction, id))?.type !== 'Group') throw objectNotFound(id)
      await refuseToLeaveNoAdministrator(transaction, () => deletePrincipal(transaction, id))
      return undefined
    },
    respond: () => ({ status: 204 }),
    audit: auditGraph('Microsoft.Graph/groups/delete', {
      path: (id: PrincipalId) => `/v1.0/groups/${id}`,
      properties: (groupId: PrincipalId) => ({ groupId }),
    }),
  })
}
