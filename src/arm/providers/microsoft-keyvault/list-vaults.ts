import { action } from '#authorization/decision.ts'
import type { Operation } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listsOfResources } from '../../list-of-resources.ts'
import { vaultType } from '../../resource-types.ts'
import { renderVault, vaultsSince } from './vault-wire.ts'

/** Vaults_ListBySubscription and Vaults_ListByResourceGroup: the vaults that the caller may read. */
export function listVaults(its: Pick<ResourceManagerDependencies, 'vaults' | 'namesFor'>): readonly Operation[] {
  return listsOfResources({
    ids: { bySubscription: 'Vaults_ListBySubscription', byGroup: 'Vaults_ListByResourceGroup' },
    type: vaultType,
    since: vaultsSince,
    read: action('Microsoft.KeyVault/vaults/read'),
    fetch: (reader, query) => its.vaults.list(reader, query),
    render: ({ tenant, request }, vaults) => {
      const owner = { tenant, names: its.namesFor(request.origin) }
      return Promise.resolve(vaults.map((vault) => renderVault(vault, owner)))
    },
  })
}
