import { type Action, action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { ResourceManagerDependencies } from './dependencies.ts'
import { findVault } from './find-vault.ts'
import { appType } from './providers/microsoft-app/app-wire.ts'
import { environmentType } from './providers/microsoft-app/environment-wire.ts'
import { workspaceType } from './providers/microsoft-operationalinsights/workspace-wire.ts'
import { formatResourceId, type GroupAddress } from './resource-id.ts'
import { identityType, vaultType } from './resource-types.ts'
import type { ResourceAddress, ResourceQuery, TrackedResource } from './tracked-resource.ts'

/** What keeps the resources of every kind. */
export type KindResources = Pick<
  ResourceManagerDependencies,
  'apps' | 'environments' | 'workspaces' | 'identities' | 'vaults'
>

/** A kind of resource that groups hold. */
export interface ResourceKind {
  /** In Azure's spelling: `Microsoft.KeyVault/vaults`. */
  readonly type: string
  readonly read: Action
  /** What in such a resource can be a scope too, whether it exists or not, in lower case: `secrets`. */
  readonly children: ReadonlySet<string>
  list(its: KindResources, reader: Reader, query: ResourceQuery): Promise<readonly TrackedResource[]>
  exists(its: KindResources, reader: Reader, address: ResourceAddress): Promise<boolean>
  /**
   * Deletes all of the kind that are in a group; vaults are soft-deleted. The write must move generation and epoch. Throws
   * `conflict` `ResourceGroupDeletionBlocked` for an environment that an app is in.
   */
  deleteAll(its: KindResources, writer: Writer, group: GroupAddress): Promise<void>
}

const deletedAtOnce = 100

/**
 * Every kind of resource that groups hold, in the order in which a group's are deleted: dependents first. What is in here is
 * listed among the resources, can be a scope of roles and locks, and goes with its group.
 */
export const resourceKinds: readonly ResourceKind[] = [
  defineKind({
    type: appType,
    list: ({ apps }, reader, query) => apps.list(reader, query),
    find: ({ apps }, reader, address) => apps.find(reader, address),
    delete: ({ apps }, writer, { address }) => apps.delete(writer, address),
  }),
  defineKind({
    type: environmentType,
    list: ({ environments }, reader, query) => environments.list(reader, query),
    find: ({ environments }, reader, address) => environments.find(reader, address),
    async delete(its, writer, { address }) {
      await refuseWhileUsed(its, writer, address)
      await its.environments.delete(writer, address)
    },
  }),
  defineKind({
    type: workspaceType,
    list: ({ workspaces }, reader, query) => workspaces.list(reader, query),
    find: ({ workspaces }, reader, address) => workspaces.find(reader, address),
    delete: ({ workspaces }, writer, { address }) => workspaces.delete(writer, address),
  }),
  defineKind({
    type: identityType,
    list: ({ identities }, reader, query) => identities.list(reader, query),
    find: ({ identities }, reader, address) => identities.findAt(reader, address),
    delete: ({ identities }, writer, { address }) => identities.delete(writer, address),
  }),
  defineKind({
    type: vaultType,
    children: ['secrets', 'keys', 'certificates'],
    list: ({ vaults }, reader, query) => vaults.list(reader, query),
    find: findVault,
    delete: ({ vaults }, writer, vault) => vaults.delete(writer, vault),
  }),
]

function defineKind<Resource extends TrackedResource>(form: {
  readonly type: string
  readonly children?: readonly string[]
  list(its: KindResources, reader: Reader, query: ResourceQuery): Promise<readonly Resource[]>
  find(its: KindResources, reader: Reader, address: ResourceAddress): Promise<Resource | undefined>
  delete(its: KindResources, writer: Writer, resource: Resource): Promise<unknown>
}): ResourceKind {
  return {
    type: form.type,
    read: action(`${form.type}/read`),
    children: new Set(form.children),
    list: (its, reader, query) => form.list(its, reader, query),
    exists: async (its, reader, address) => (await form.find(its, reader, address)) !== undefined,
    async deleteAll(its, writer, { subscription, resourceGroup }) {
      for (;;) {
        const found = await form.list(its, writer, { subscription, resourceGroup, limit: deletedAtOnce })
        for (const resource of found) await form.delete(its, writer, resource)
        if (found.length < deletedAtOnce) return
      }
    },
  }
}

async function refuseWhileUsed({ apps }: KindResources, writer: Writer, address: ResourceAddress): Promise<void> {
  const [app] = await apps.listIn(writer, formatResourceId(address, environmentType), { limit: 1 })
  if (app === undefined) return
  throw new ServiceError(
    'conflict',
    'ResourceGroupDeletionBlocked',
    `Deletion of resource group '${canonicalName(address.resourceGroup)}' failed as resources with identifiers '${environmentType}/${address.name}' could not be deleted: the container app '${formatResourceId(app.address, appType)}' is in it.`,
  )
}
