import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import { parseLocation } from '../../locations.ts'
import { findGroup, insertGroup, updateGroupTags } from '../../resource-group-store.ts'
import { parseGroup } from '../../resource-id.ts'
import { requireSubscription } from '../../visible-subscription.ts'
import { parseTags, respondJson } from '../../wire.ts'
import { groupPath, groupsSince, renderGroup } from './group-wire.ts'

/** ResourceGroups_CreateOrUpdate. 201 when the group is new, 200 when its tags were replaced; the location stays. */
export const putResourceGroup = defineOperation({
  id: 'ResourceGroups_CreateOrUpdate',
  method: 'PUT',
  path: groupPath,
  since: groupsSince,
  access: 'write',
  parse(request) {
    const { subscription, resourceGroup, scope } = parseGroup(request.path)
    const body = parseObjectBody(request)
    return {
      target: scope,
      group: {
        subscription,
        name: resourceGroup,
        location: parseLocation(body['location'], 'LocationNotAvailableForResourceGroup'),
        tags: parseTags(body['tags']),
      },
    }
  },
  requirements: (_context, { target }) => [
    { anyOf: [action('Microsoft.Resources/subscriptions/resourceGroups/write')], scope: target },
  ],
  async handle({ transaction }, { group }) {
    await requireSubscription(transaction, group.subscription)
    if (await insertGroup(transaction, group)) return { created: true, group }
    const existing = await findGroup(transaction, { subscription: group.subscription, resourceGroup: group.name })
    if (existing === undefined)
      throw new ServiceError('conflict', 'Conflict', 'The resource group is being changed. Try again.')
    if (existing.location !== group.location) {
      throw new ServiceError(
        'conflict',
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${group.location}'. The Resource group already exists in location '${existing.location}'.`,
        { target: 'location' },
      )
    }
    return { created: false, group: await updateGroupTags(transaction, existing, group.tags) }
  },
  respond: ({ created, group }) => respondJson(created ? 201 : 200, renderGroup(group)),
  audit: auditTarget('Microsoft.Resources/subscriptions/resourceGroups/write'),
})
