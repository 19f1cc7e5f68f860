import { z } from 'zod'
import { type PrincipalId, type TenantId, tryParseGuid } from '#base/ids.ts'
import { findPrincipals, type Principal } from '#directory/principal-store.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { parseBody } from './body.ts'
import { badRequest } from './errors.ts'
import { renderTypedObject, respondCollection } from './wire.ts'

const maximumIds = 1000
const body = z.object({
  ids: z.array(z.string()).max(maximumIds),
  types: z.array(z.string()).max(100).nullish(),
})

interface Input {
  readonly ids: readonly PrincipalId[]
  /** In lower case; undefined: all. */
  readonly types: readonly string[] | undefined
}

interface Output {
  readonly principals: readonly Principal[]
  readonly tenant: TenantId
}

/** The objects with these ids that exist and are of the types asked for, each with its type. */
export const getDirectoryObjectsByIds = defineOperation<Input, undefined, Output>({
  id: 'getDirectoryObjectsByIds',
  method: 'POST',
  path: '/v1.0/directoryObjects/getByIds',
  since: '',
  access: 'read',
  parse(request): Input {
    const { ids, types } = parseBody(request, body)
    return { ids: ids.map(parseId), types: types?.map((type) => type.toLowerCase()) }
  },
  requirements: () => 'filtered',
  async handle({ transaction, tenant }, { ids, types }): Promise<Output> {
    const found = await findPrincipals(transaction, [...new Set(ids)])
    const isAsked = ({ type }: Principal) =>
      types === undefined || types.includes('directoryobject') || types.includes(type.toLowerCase())
    return { principals: found.filter(isAsked), tenant }
  },
  respond: ({ principals, tenant }, request) =>
    respondCollection(
      'directoryObjects',
      { value: principals.map((principal) => renderTypedObject(principal, tenant)) },
      request,
    ),
  audit: auditGraph('Microsoft.Graph/directoryObjects/read', {
    path: () => '/v1.0/directoryObjects/getByIds',
    properties: ({ ids }: Input, output: Output | undefined) => ({
      askedCount: ids.length,
      resultCount: output?.principals.length ?? 0,
    }),
  }),
})

function parseId(text: string): PrincipalId {
  const id = tryParseGuid<PrincipalId>(text)
  if (id === undefined) throw badRequest("Invalid GUID in 'ids'.", 'ids')
  return id
}
