import { action } from '#authorization/decision.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { findGroup } from '../../resource-group-store.ts'
import { parseGroup } from '../../resource-id.ts'
import { respondEmpty } from '../../wire.ts'
import { groupPath, groupsSince } from './group-wire.ts'

/** ResourceGroups_CheckExistence: 204 or 404, and no body either way. */
export const headResourceGroup = defineOperation({
  id: 'ResourceGroups_CheckExistence',
  method: 'HEAD',
  path: groupPath,
  since: groupsSince,
  access: 'read',
  parse(request) {
    const { scope, ...group } = parseGroup(request.path)
    return { target: scope, group }
  },
  requirements: (_context, { target }) => [
    { anyOf: [action('Microsoft.Resources/subscriptions/resourceGroups/read')], scope: target },
  ],
  handle: async ({ transaction }, { group }) => (await findGroup(transaction, group)) !== undefined,
  respond: (exists) => respondEmpty(exists ? 204 : 404),
  audit: auditTarget('Microsoft.Resources/subscriptions/resourceGroups/read'),
})
