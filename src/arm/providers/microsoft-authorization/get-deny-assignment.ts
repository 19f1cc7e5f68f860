import { action } from '#authorization/decision.ts'
import { findDenyAssignment } from '#authorization/deny-assignment-store.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { respondJson } from '../../wire.ts'
import { denyAssignmentsPath, denyAssignmentsSince, renderDenyAssignment } from './deny-assignment-wire.ts'

/** DenyAssignments_Get, at exactly its scope. */
export const getDenyAssignment = defineOperation({
  id: 'DenyAssignments_Get',
  method: 'GET',
  path: `${denyAssignmentsPath}/{name}`,
  since: denyAssignmentsSince,
  access: 'read',
  parse(request) {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'deny assignment', 'InvalidDenyAssignmentId')
    return { target: extensionTarget(scope, 'denyAssignments', id), scope, id }
  },
  requirements: (_context, { scope }) => [{ anyOf: [action('Microsoft.Authorization/denyAssignments/read')], scope }],
  async handle({ transaction }, { scope, id }) {
    const deny = await findDenyAssignment(transaction, id)
    if (deny === undefined || deny.canonicalScope.path !== scope.path) {
      throw new ServiceError('not-found', 'DenyAssignmentNotFound', `The deny assignment '${id}' is not found.`)
    }
    return deny
  },
  respond: (deny) => respondJson(200, renderDenyAssignment(deny)),
  audit: auditTarget('Microsoft.Authorization/denyAssignments/read'),
})
