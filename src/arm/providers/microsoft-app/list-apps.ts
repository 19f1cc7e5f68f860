import { action } from '#authorization/decision.ts'
import type { Operation } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listsOfResources } from '../../list-of-resources.ts'
import { appsSince, appType, renderApp } from './app-wire.ts'
import { showApps } from './shown-app.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'environments' | 'identities'>

/** ContainerApps_ListBySubscription and ContainerApps_ListByResourceGroup: the apps that the caller may read. */
export function listApps(its: Its): readonly Operation[] {
  return listsOfResources({
    ids: { bySubscription: 'ContainerApps_ListBySubscription', byGroup: 'ContainerApps_ListByResourceGroup' },
    type: appType,
    since: appsSince,
    read: action('Microsoft.App/containerApps/read'),
    fetch: (reader, query) => its.apps.list(reader, query),
    render: async ({ transaction }, apps) => (await showApps(its, transaction, apps)).map(renderApp),
  })
}
