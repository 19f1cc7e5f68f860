import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import type { Writer } from '#storage/database.ts'
import type { ResourceAddress, ResourceManagerDependencies, ResourceQuery, TrackedResource } from './dependencies.ts'
import { formatResourceId, type GroupAddress } from './resource-id.ts'

export type GroupContents = Pick<
  ResourceManagerDependencies,
  'apps' | 'environments' | 'workspaces' | 'identities' | 'vaults'
>

/** A kind of resource that groups hold. */
interface Kind<Resource extends TrackedResource = TrackedResource> {
  list(writer: Writer, query: ResourceQuery): Promise<readonly Resource[]>
  delete(writer: Writer, resource: Resource): Promise<unknown>
}

const deletedAtOnce = 100

/**
 * Deletes what is in a group, dependents first; vaults are soft-deleted. The caller's write moves generation and epoch, and
 * has taken the group itself away, so that nothing new comes in. Throws `conflict` `ResourceGroupDeletionBlocked` for an
 * environment that an app of another group is in. Whoever adds a kind of resource adds it here.
 */
export async function deleteGroupContents(its: GroupContents, writer: Writer, group: GroupAddress): Promise<void> {
  const { apps, environments, workspaces, identities, vaults } = its
  await deleteAll(writer, group, {
    list: (from, query) => apps.list(from, query),
    delete: (from, { address }) => apps.delete(from, address),
  })
  await deleteAll(writer, group, {
    list: (from, query) => environments.list(from, query),
    async delete(from, { address }) {
      await refuseWhileUsed(its, from, address)
      await environments.delete(from, address)
    },
  })
  await deleteAll(writer, group, {
    list: (from, query) => workspaces.list(from, query),
    delete: (from, { address }) => workspaces.delete(from, address),
  })
  await deleteAll(writer, group, {
    list: (from, query) => identities.list(from, query),
    delete: (from, { address }) => identities.delete(from, address),
  })
  await deleteAll(writer, group, {
    list: (from, query) => vaults.list(from, query),
    delete: (from, vault) => vaults.delete(from, vault),
  })
}

async function deleteAll<Resource extends TrackedResource>(
  writer: Writer,
  { subscription, resourceGroup }: GroupAddress,
  kind: Kind<Resource>,
): Promise<void> {
  for (;;) {
    const found = await kind.list(writer, { subscription, resourceGroup, limit: deletedAtOnce })
    for (const resource of found) await kind.delete(writer, resource)
    if (found.length < deletedAtOnce) return
  }
}

async function refuseWhileUsed({ apps }: GroupContents, writer: Writer, address: ResourceAddress): Promise<void> {
  const environmentId = formatResourceId(address, 'Microsoft.App/managedEnvironments')
  const [app] = await apps.listIn(writer, environmentId, { limit: 1 })
  if (app === undefined) return
  throw new ServiceError(
    'conflict',
    'ResourceGroupDeletionBlocked',
    `Deletion of resource group '${canonicalName(address.resourceGroup)}' failed as resources with identifiers 'Microsoft.App/managedEnvironments/${address.name}' could not be deleted: the container app '${formatResourceId(app.address, 'Microsoft.App/containerApps')}' is in it.`,
  )
}
