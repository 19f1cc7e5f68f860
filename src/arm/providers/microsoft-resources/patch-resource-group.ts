import { action } from '#authorization/decision.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import { requireGroup, updateGroupTags } from '../../resource-group-store.ts'
import { parseGroup } from '../../resource-id.ts'
import { parseTags, respondJson } from '../../wire.ts'
import { groupPath, groupsSince, renderGroup } from './group-wire.ts'

/** ResourceGroups_Update: replaces the tags when the body has them. */
export const patchResourceGroup = defineOperation({
  id: 'ResourceGroups_Update',
  method: 'PATCH',
  path: groupPath,
  since: groupsSince,
  access: 'write',
  parse(request) {
    const { scope, ...group } = parseGroup(request.path)
    const tags = parseObjectBody(request)['tags']
    return { target: scope, group, tags: tags === undefined ? undefined : parseTags(tags) }
  },
  requirements: (_context, { target }) => [
    { anyOf: [action('Microsoft.Resources/subscriptions/resourceGroups/write')], scope: target },
  ],
  async handle({ transaction }, { group, tags }) {
    const existing = await requireGroup(transaction, group)
    return tags === undefined ? existing : updateGroupTags(transaction, existing, tags)
  },
  respond: (group) => respondJson(200, renderGroup(group)),
  audit: auditTarget('Microsoft.Resources/subscriptions/resourceGroups/write'),
})
