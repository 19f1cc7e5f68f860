import { rootScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { findTenant } from '#directory/tenant-store.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { respondJson } from '../../wire.ts'

/** Tenants_List: the caller's own tenant. */
export const listTenants = defineOperation({
  id: 'Tenants_List',
  method: 'GET',
  path: '/tenants',
  since: '2015-11-01',
  access: 'read',
  parse: () => ({ target: rootScope }),
  requirements: () => 'filtered' as const,
  async handle({ transaction }) {
    const tenant = await findTenant(transaction.kysely, transaction.tenant)
    if (tenant === undefined) throw new ServiceError('internal', 'InternalServerError', 'The tenant does not exist.')
    return tenant
  },
  respond: ({ id, displayName, domain }) =>
    respondJson(200, {
      value: [
        {
          id: `/tenants/${id}`,
          tenantId: id,
          tenantCategory: 'Home',
          displayName,
          defaultDomain: domain,
          domains: [domain],
          tenantType: 'AAD',
        },
      ],
    }),
  audit: auditTarget('Microsoft.Resources/tenants/read'),
})
