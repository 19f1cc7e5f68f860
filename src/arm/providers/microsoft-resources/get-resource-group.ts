import { action } from '#authorization/decision.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { requireGroup } from '../../resource-group-store.ts'
import { parseGroup } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { groupPath, groupsSince, renderGroup } from './group-wire.ts'

/** ResourceGroups_Get. */
export const getResourceGroup = defineOperation({
  id: 'ResourceGroups_Get',
  method: 'GET',
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
  handle: ({ transaction }, { group }) => requireGroup(transaction, group),
  respond: (group) => respondJson(200, renderGroup(group)),
  audit: auditTarget('Microsoft.Resources/subscriptions/resourceGroups/read'),
})
