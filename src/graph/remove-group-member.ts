import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import type { PrincipalId } from '#base/ids.ts'
import { removeGroupMember as deleteMember } from '#directory/group-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import type { GraphDependencies } from './dependencies.ts'
import { objectNotFound } from './errors.ts'
import { requireGroupAdministration } from './group-administration.ts'
import { parseObjectId } from './object-name.ts'

interface Input {
  readonly group: PrincipalId
  readonly member: PrincipalId
}

/**
 * Takes a member out of a group. Throws `not-found` `Request_ResourceNotFound` when it is not a direct member, `malformed`
 * `LastRBACAdminAssignmentCannotBeDeleted`.
 */
export function removeGroupMember(its: GraphDependencies): Operation<Input, undefined, undefined> {
  return defineOperation({
    id: 'removeGroupMember',
    method: 'DELETE',
    path: '/v1.0/groups/{id}/members/{memberId}/$ref',
    since: '',
    access: 'write',
    moves: 'generation',
    parse: (request): Input => ({ group: parseObjectId(request), member: parseObjectId(request, 'memberId') }),
    requirements: () => requireGroupAdministration(its),
    async handle({ transaction }, { group, member }) {
      const removed = await refuseToLeaveNoAdministrator(transaction, () => deleteMember(transaction, group, member))
      if (!removed) throw objectNotFound(member)
      return undefined
    },
    respond: () => ({ status: 204 }),
    audit: auditGraph('Microsoft.Graph/groups/members/remove', {
      path: ({ group, member }: Input) => `/v1.0/groups/${group}/members/${member}/$ref`,
      properties: ({ group, member }: Input) => ({ groupId: group, memberId: member }),
    }),
  })
}
