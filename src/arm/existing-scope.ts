import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, tryParseGuid } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceAddress, ResourceManagerDependencies } from './dependencies.ts'
import { findVault } from './providers/microsoft-keyvault/find-vault.ts'
import { requireGroup } from './resource-group-store.ts'
import { requireSubscription } from './visible-subscription.ts'

/** The resources that can be scopes. */
export type ScopeResources = Pick<
  ResourceManagerDependencies,
  'vaults' | 'apps' | 'environments' | 'identities' | 'workspaces'
>

/** What can be a scope below a vault; versions cannot. */
const vaultChildren: ReadonlySet<string> = new Set(['secrets', 'keys', 'certificates'])

/**
 * Refuses a scope that nothing stands for, so that a role is not kept ready for a resource that comes later under the same
 * name. Objects in a vault may be named before they exist. Throws `not-found` `SubscriptionNotFound`,
 * `ResourceGroupNotFound` or `ResourceNotFound`.
 */
export async function requireExistingScope(its: ScopeResources, reader: Reader, scope: Scope): Promise<void> {
  const [subscriptions, subscriptionId, groups, resourceGroup, providers, namespace, type, name, ...child] =
    scope.segments
  if (subscriptions === undefined) return
  const subscription = tryParseGuid<SubscriptionId>(subscriptionId)
  if (subscriptions !== 'subscriptions' || subscription === undefined) throw scopeNotFound(scope)
  await requireSubscription(reader, subscription)
  if (groups === undefined) return
  if (groups !== 'resourcegroups' || resourceGroup === undefined) throw scopeNotFound(scope)
  await requireGroup(reader, { subscription, resourceGroup })
  if (providers === undefined) return
  if (providers !== 'providers' || name === undefined) throw scopeNotFound(scope)
  const address = { subscription, resourceGroup, name }
  if (!(await resourceExists(its, reader, { type: `${namespace}/${type}`, address, child }))) throw scopeNotFound(scope)
}

async function resourceExists(
  its: ScopeResources,
  reader: Reader,
  {
    type,
    address,
    child,
  }: { readonly type: string; readonly address: ResourceAddress; readonly child: readonly string[] },
): Promise<boolean> {
  switch (type) {
    case 'microsoft.keyvault/vaults': {
      const isObject = child.length === 2 && vaultChildren.has(child[0] ?? '')
      return (child.length === 0 || isObject) && (await findVault(its, reader, address)) !== undefined
    }
    case 'microsoft.app/containerapps':
      return child.length === 0 && (await its.apps.find(reader, address)) !== undefined
    case 'microsoft.app/managedenvironments':
      return child.length === 0 && (await its.environments.find(reader, address)) !== undefined
    case 'microsoft.operationalinsights/workspaces':
      return child.length === 0 && (await its.workspaces.find(reader, address)) !== undefined
    case 'microsoft.managedidentity/userassignedidentities':
      return child.length === 0 && (await its.identities.findAt(reader, address)) !== undefined
    default:
      return false
  }
}

function scopeNotFound(scope: Scope): ServiceError {
  return new ServiceError('not-found', 'ResourceNotFound', `The scope '${scope.path}' does not exist.`, {
    target: 'scope',
  })
}
