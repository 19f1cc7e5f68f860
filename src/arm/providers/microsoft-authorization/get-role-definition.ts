import { action } from '#authorization/decision.ts'
import { findRoleDefinition } from '#authorization/role-definition-store.ts'
import { parseScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { respondJson } from '../../wire.ts'
import { authorizationSince } from './role-assignment-wire.ts'
import { renderRoleDefinition, roleDefinitionPath } from './role-definition-wire.ts'

const readRole = action('Microsoft.Authorization/roleDefinitions/read')

/** RoleDefinitions_Get, by scope and name or by full id, with or without a subscription in it. */
export const getRoleDefinition = defineOperation({
  id: 'RoleDefinitions_Get',
  method: 'GET',
  path: roleDefinitionPath,
  since: authorizationSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'role definition', 'InvalidRoleDefinitionId')
    return { target: extensionTarget(scope, 'roleDefinitions', id), scope, id }
  },
  requirements: (_context, { scope }) => (scope.segments.length === 0 ? 'filtered' : [{ anyOf: [readRole], scope }]),
  async handle(context, { scope, id }) {
    const { transaction } = context
    const role = await findRoleDefinition(transaction, id)
    const isVisible =
      role?.type === 'BuiltInRole' ||
      role?.assignableScopes.some((assignable) => context.permits(readRole, parseScope(assignable)))
    if (role === undefined || isVisible !== true) {
      const message = `The specified role definition with ID '${id.replaceAll('-', '')}' does not exist.`
      throw new ServiceError('not-found', 'RoleDefinitionDoesNotExist', message)
    }
    return { role, scope }
  },
  respond: ({ role, scope }) => respondJson(200, renderRoleDefinition(role, scope)),
  audit: auditTarget('Microsoft.Authorization/roleDefinitions/read'),
})
