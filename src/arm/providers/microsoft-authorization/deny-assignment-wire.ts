import type { DenyAssignment } from '#authorization/deny-assignment-store.ts'
import type { JsonObject } from '#base/json.ts'
import { renderPermission } from './role-definition-wire.ts'

/** First api-version of deny assignments. */
export const denyAssignmentsSince = '2018-07-01-preview'
export const denyAssignmentsPath = '/{scope...}/providers/Microsoft.Authorization/denyAssignments'

/** A deny assignment on the wire. */
export function renderDenyAssignment(deny: DenyAssignment): JsonObject {
  const scope = deny.scope === '/' ? '' : deny.scope
  return {
    properties: {
      denyAssignmentName: deny.name,
      description: deny.description,
      permissions: deny.permissions.map(renderPermission),
      scope: deny.scope,
      doNotApplyToChildScopes: !deny.appliesToChildScopes,
      principals: deny.principals.map(({ id, type }) => ({ id, type })),
      excludePrincipals: deny.excludePrincipals.map(({ id, type }) => ({ id, type })),
      isSystemProtected: deny.isSystemProtected,
      createdOn: deny.createdAt.toISOString(),
    },
    id: `${scope}/providers/Microsoft.Authorization/denyAssignments/${deny.id}`,
    type: 'Microsoft.Authorization/denyAssignments',
    name: deny.id,
  }
}
