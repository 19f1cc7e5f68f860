import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import { findPrincipal, type Principal } from '#directory/principal-store.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { objectNotFound } from './errors.ts'
import { refuseUnservedOptions } from './query.ts'
import { renderObject, respondObject } from './wire.ts'

interface Output {
  readonly user: Principal
  readonly tenant: TenantId
}

/** The user who calls. Throws `malformed` `BadRequest` for an application, which is nobody's. */
export const getSignedInUser = defineOperation<undefined, undefined, Output>({
  id: 'getSignedInUser',
  method: 'GET',
  path: '/v1.0/me',
  since: '',
  access: 'read',
  parse(request) {
    refuseUnservedOptions(request)
    return undefined
  },
  requirements: () => 'filtered',
  async handle({ transaction, tenant, caller }): Promise<Output> {
    const user = caller === undefined ? undefined : await findPrincipal(transaction, caller.principal)
    if (user === undefined) throw objectNotFound(caller?.principal ?? 'me')
    if (user.type !== 'User') {
      const text = '/me request is only valid with delegated authentication flow.'
      throw new ServiceError('malformed', 'BadRequest', text)
    }
    return { user, tenant }
  },
  respond: ({ user, tenant }, request) => respondObject(200, 'users/$entity', renderObject(user, tenant), request),
  audit: auditGraph('Microsoft.Graph/me/read', { path: () => '/v1.0/me' }),
})
