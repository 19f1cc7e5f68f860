import { z } from 'zod'
import { type PrincipalId, tryParseGuid } from '#base/ids.ts'
import { addGroupMember as insertMember } from '#directory/group-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { parseBody } from './body.ts'
import type { GraphDependencies } from './dependencies.ts'
import { badRequest } from './errors.ts'
import { requireGroupAdministration } from './group-administration.ts'
import { parseObjectId } from './object-name.ts'

const body = z.object({ '@odata.id': z.string().max(512) })
const referencePattern = /^https:\/\/[^/?#]+\/v1\.0\/(?:directoryObjects|users|groups|servicePrincipals)\/([^/?#]+)$/i

interface Input {
  readonly group: PrincipalId
  readonly member: PrincipalId
}

/** Puts a user, service principal or group into a group. Its roles count for the member from the next call on. */
export function addGroupMember(its: GraphDependencies): Operation<Input, undefined, undefined> {
  return defineOperation({
    id: 'addGroupMember',
    method: 'POST',
    path: '/v1.0/groups/{id}/members/$ref',
    since: '',
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const reference = referencePattern.exec(parseBody(request, body)['@odata.id'])
      const member = tryParseGuid<PrincipalId>(reference?.[1])
      if (member === undefined) {
        throw badRequest("'@odata.id' must be the address of a directory object with its id.", '@odata.id')
      }
      return { group: parseObjectId(request), member }
    },
    requirements: () => requireGroupAdministration(its),
    async handle({ transaction }, { group, member }) {
      await insertMember(transaction, group, member)
      return undefined
    },
    respond: () => ({ status: 204 }),
    audit: auditGraph('Microsoft.Graph/groups/members/add', {
      path: ({ group }: Input) => `/v1.0/groups/${group}/members/$ref`,
      properties: ({ group, member }: Input) => ({ groupId: group, memberId: member }),
    }),
  })
}
