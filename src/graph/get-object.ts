import type { TenantId } from '#base/ids.ts'
import type { Principal, PrincipalType } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { type ObjectName, parseObjectName, requireObject } from './object-name.ts'
import { refuseUnservedOptions } from './query.ts'
import { renderObject, renderTypedObject, respondObject } from './wire.ts'

interface Output {
  readonly principal: Principal
  readonly tenant: TenantId
}

/** A user, by object id or user principal name. */
export const getUser = defineGet('getUser', 'users', 'User')
export const getGroup = defineGet('getGroup', 'groups', 'Group')
export const getServicePrincipal = defineGet('getServicePrincipal', 'servicePrincipals', 'ServicePrincipal')

/** An object of whatever type, which the answer says. */
export const getDirectoryObject = defineGet('getDirectoryObject', 'directoryObjects', undefined)

function defineGet(
  id: string,
  collection: string,
  type: PrincipalType | undefined,
): Operation<ObjectName, undefined, Output> {
  return defineOperation({
    id,
    method: 'GET',
    path: `/v1.0/${collection}/{id}`,
    since: '',
    access: 'read',
    parse(request): ObjectName {
      refuseUnservedOptions(request)
      return parseObjectName(request)
    },
    requirements: () => 'filtered',
    handle: async ({ transaction, tenant }, name): Promise<Output> => ({
      principal: await requireObject(transaction, name, type),
      tenant,
    }),
    respond({ principal, tenant }, request) {
      const render = type === undefined ? renderTypedObject : renderObject
      return respondObject(200, `${collection}/$entity`, render(principal, tenant), request)
    },
    audit: auditGraph(`Microsoft.Graph/${collection}/read`, {
      path: ({ id: asked }: ObjectName) => `/v1.0/${collection}/${asked ?? '{name}'}`,
      properties: (_input: ObjectName, output: Output | undefined) =>
        output === undefined ? {} : { objectId: output.principal.id },
    }),
  })
}
