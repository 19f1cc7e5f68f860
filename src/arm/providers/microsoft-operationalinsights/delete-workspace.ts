import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { respondEmpty } from '../../wire.ts'
import { workspacePath, workspacesSince, workspaceType } from './workspace-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** Workspaces_Delete: 200, or 204 when there was none. The keys are gone at once; nothing is kept to be recovered. */
export function deleteWorkspace(
  its: Pick<ResourceManagerDependencies, 'workspaces'>,
): Operation<Input, undefined, boolean> {
  return defineOperation({
    id: 'Workspaces_Delete',
    method: 'DELETE',
    path: workspacePath,
    since: workspacesSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseResource(request.path, workspaceType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.OperationalInsights/workspaces/delete')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      const deleted = await its.workspaces.delete(transaction, address)
      if (deleted) await removeRoleAssignmentsWithin(transaction, address.scope)
      return deleted
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.OperationalInsights/workspaces/delete'),
  })
}
