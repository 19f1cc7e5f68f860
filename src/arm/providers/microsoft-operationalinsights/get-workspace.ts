import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { WorkspaceRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { renderWorkspace, workspacePath, workspacesSince, workspaceType } from './workspace-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** Workspaces_Get. */
export function getWorkspace(
  its: Pick<ResourceManagerDependencies, 'workspaces'>,
): Operation<Input, undefined, WorkspaceRecord> {
  return defineOperation({
    id: 'Workspaces_Get',
    method: 'GET',
    path: workspacePath,
    since: workspacesSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, workspaceType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.OperationalInsights/workspaces/read')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      const workspace = await its.workspaces.find(transaction, address)
      if (workspace === undefined) throw resourceNotFound(address)
      return workspace
    },
    respond: (workspace) => respondJson(200, renderWorkspace(workspace)),
    audit: auditTarget('Microsoft.OperationalInsights/workspaces/read'),
  })
}
