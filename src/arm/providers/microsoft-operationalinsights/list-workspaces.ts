import { action } from '#authorization/decision.ts'
import type { Operation } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listsOfResources } from '../../list-of-resources.ts'
import { renderWorkspace, workspacesSince, workspaceType } from './workspace-wire.ts'

/** Workspaces_List and Workspaces_ListByResourceGroup: those that the caller may read. */
export function listWorkspaces(its: Pick<ResourceManagerDependencies, 'workspaces'>): readonly Operation[] {
  return listsOfResources({
    ids: { bySubscription: 'Workspaces_List', byGroup: 'Workspaces_ListByResourceGroup' },
    type: workspaceType,
    since: workspacesSince,
    read: action('Microsoft.OperationalInsights/workspaces/read'),
    fetch: (reader, query) => its.workspaces.list(reader, query),
    render: (_context, workspaces) => Promise.resolve(workspaces.map(renderWorkspace)),
  })
}
