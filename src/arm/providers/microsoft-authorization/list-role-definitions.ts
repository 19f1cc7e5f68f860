import { action } from '#authorization/decision.ts'
import { parseRoleDefinitionFilter } from '#authorization/filter.ts'
import { listRoleDefinitions as loadRoleDefinitions } from '#authorization/role-definition-store.ts'
import { parseScope } from '#authorization/scope.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionScope } from '../../extension-scope.ts'
import { respondJson } from '../../wire.ts'
import { authorizationSince } from './role-assignment-wire.ts'
import { renderRoleDefinition, roleDefinitionsPath } from './role-definition-wire.ts'

const readRole = action('Microsoft.Authorization/roleDefinitions/read')

/**
 * RoleDefinitions_List: the roles that can be assigned at the scope. At the tenant root built-in roles, which are public,
 * are shown to everyone, custom ones to who may read them.
 */
export const listRoleDefinitions = defineOperation({
  id: 'RoleDefinitions_List',
  method: 'GET',
  path: roleDefinitionsPath,
  since: authorizationSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const filter = parseRoleDefinitionFilter(request.query.get('$filter'))
    return { target: extensionTarget(scope, 'roleDefinitions'), scope, filter }
  },
  requirements: (_context, { scope }) => (scope.segments.length === 0 ? 'filtered' : [{ anyOf: [readRole], scope }]),
  async handle(context, { scope, filter }) {
    const { transaction } = context
    const roles = await loadRoleDefinitions(transaction, { scope, filter })
    const rows = roles.filter(
      (role) =>
        role.type === 'BuiltInRole' ||
        context.permits(readRole, scope) ||
        role.assignableScopes.some((assignable) => context.permits(readRole, parseScope(assignable))),
    )
    return { rows, scope }
  },
  respond: ({ rows, scope }) => respondJson(200, { value: rows.map((role) => renderRoleDefinition(role, scope)) }),
  audit: auditList('Microsoft.Authorization/roleDefinitions/read'),
})
