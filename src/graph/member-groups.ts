import { z } from 'zod'
import { type PrincipalId, tryParseGuid } from '#base/ids.ts'
import { transitiveGroups } from '#directory/membership.ts'
import type { PrincipalType } from '#directory/principal-store.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { parseBody } from './body.ts'
import { badRequest } from './errors.ts'
import { type ObjectName, parseObjectName, requireObject } from './object-name.ts'
import { respondIds } from './wire.ts'

interface Input {
  readonly name: ObjectName
  /** The groups that are asked about; undefined: all. */
  readonly among: ReadonlySet<PrincipalId> | undefined
}

interface Form {
  readonly id: string
  readonly collection: 'users' | 'groups' | 'directoryObjects'
  readonly verb: 'getMemberGroups' | 'checkMemberGroups'
  readonly type: PrincipalType | undefined
  readonly parseAmong: (request: OperationRequest) => Input['among']
}

const wanted = z.object({ securityEnabledOnly: z.boolean().nullish() })

/** Every group here is a security group, so `securityEnabledOnly` changes nothing. */
function parseWanted(request: OperationRequest): undefined {
  parseBody(request, wanted)
  return undefined
}

const maximumGroups = 20
const asked = z.object({ groupIds: z.array(z.string()).max(maximumGroups) })

function parseAsked(request: OperationRequest): ReadonlySet<PrincipalId> {
  const ids = parseBody(request, asked).groupIds.map((text) => {
    const id = tryParseGuid<PrincipalId>(text)
    if (id === undefined) throw badRequest("Invalid GUID in 'groupIds'.", 'groupIds')
    return id
  })
  return new Set(ids)
}

const getting = { verb: 'getMemberGroups', parseAmong: parseWanted } as const

/** The groups that a user, a group or any object is in, directly or through other groups. */
export const getUserMemberGroups = define({ ...getting, id: 'getUserMemberGroups', collection: 'users', type: 'User' })
export const getGroupMemberGroups = define({
  ...getting,
  id: 'getGroupMemberGroups',
  collection: 'groups',
  type: 'Group',
})
export const getMemberGroups = define({
  ...getting,
  id: 'getMemberGroups',
  collection: 'directoryObjects',
  type: undefined,
})

/** Those of some groups that an object is in, directly or through other groups. */
export const checkMemberGroups = define({
  id: 'checkMemberGroups',
  collection: 'directoryObjects',
  verb: 'checkMemberGroups',
  type: undefined,
  parseAmong: parseAsked,
})

function define({ id, collection, verb, type, parseAmong }: Form): Operation<Input, undefined, readonly PrincipalId[]> {
  return defineOperation({
    id,
    method: 'POST',
    path: `/v1.0/${collection}/{id}/${verb}`,
    since: '',
    access: 'read',
    parse: (request): Input => ({ name: parseObjectName(request), among: parseAmong(request) }),
    requirements: () => 'filtered',
    async handle({ transaction }, { name, among }) {
      const { id: principal } = await requireObject(transaction, name, type)
      const groups = await transitiveGroups(transaction, principal)
      return among === undefined ? groups : groups.filter((group) => among.has(group))
    },
    respond: (groups, request) => respondIds(groups, request),
    audit: auditGraph(`Microsoft.Graph/${collection}/${verb}`, {
      path: ({ name }: Input) => `/v1.0/${collection}/${name.id ?? '{name}'}/${verb}`,
      properties: (_input: Input, groups: readonly PrincipalId[] | undefined) => ({
        resultCount: groups?.length ?? 0,
      }),
    }),
  })
}
