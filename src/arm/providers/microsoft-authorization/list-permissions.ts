import { action } from '#authorization/decision.ts'
import { listEffectivePermissions } from '#authorization/effective-permissions.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionScope } from '../../extension-scope.ts'
import { requireCaller, respondJson } from '../../wire.ts'
import { authorizationSince } from './role-assignment-wire.ts'
import { renderPermission } from './role-definition-wire.ts'

/** Permissions_ListForResource, at any scope: what roles give the caller itself there. Not paged: it has few roles at one scope. */
export const listPermissions = defineOperation({
  id: 'Permissions_ListForResource',
  method: 'GET',
  path: '/{scope...}/providers/Microsoft.Authorization/permissions',
  since: authorizationSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    return { target: extensionTarget(scope, 'permissions'), scope }
  },
  requirements: (_context, { scope }) => [{ anyOf: [action('Microsoft.Authorization/permissions/read')], scope }],
  async handle({ transaction, caller }, { scope }) {
    return { rows: await listEffectivePermissions(transaction, requireCaller(caller).principal, scope) }
  },
  respond: ({ rows }) => respondJson(200, { value: rows.map(renderPermission) }),
  audit: auditList('Microsoft.Authorization/permissions/read'),
})
