import { action } from '#authorization/decision.ts'
import type { Operation } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listsOfResources } from '../../list-of-resources.ts'
import { appsSince } from './app-wire.ts'
import { environmentType, renderEnvironment } from './environment-wire.ts'

/** ManagedEnvironments_ListBySubscription and ManagedEnvironments_ListByResourceGroup: those that the caller may read. */
export function listEnvironments(its: Pick<ResourceManagerDependencies, 'environments'>): readonly Operation[] {
  return listsOfResources({
    ids: {
      bySubscription: 'ManagedEnvironments_ListBySubscription',
      byGroup: 'ManagedEnvironments_ListByResourceGroup',
    },
    type: environmentType,
    since: appsSince,
    read: action('Microsoft.App/managedEnvironments/read'),
    fetch: (reader, query) => its.environments.list(reader, query),
    render: (_context, environments) => Promise.resolve(environments.map(renderEnvironment)),
  })
}
