import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, tryParseGuid } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import { requireGroup } from './resource-group-store.ts'
import { type KindResources, type ResourceKind, resourceKinds } from './resource-kinds.ts'
import { requireSubscription } from './visible-subscription.ts'

const kinds: ReadonlyMap<string, ResourceKind> = new Map(resourceKinds.map((kind) => [kind.type.toLowerCase(), kind]))

/**
 * Refuses a scope that nothing stands for, so that a role is not kept ready for a resource that comes later under the same
 * name. Objects in a vault may be named before they exist. Throws `not-found` `SubscriptionNotFound`,
 * `ResourceGroupNotFound` or `ResourceNotFound`.
 */
export async function requireExistingScope(its: KindResources, reader: Reader, scope: Scope): Promise<void> {
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
  const kind = kinds.get(`${namespace}/${type}`)
  if (kind === undefined || !(child.length === 0 || isChild(kind, child))) throw scopeNotFound(scope)
  if (!(await kind.exists(its, reader, { subscription, resourceGroup, name }))) throw scopeNotFound(scope)
}

/** What is in a resource can be a scope; what is in that, such as a version, cannot. */
function isChild({ children }: ResourceKind, [collection = '', ...names]: readonly string[]): boolean {
  return names.length === 1 && children.has(collection)
}

function scopeNotFound(scope: Scope): ServiceError {
  return new ServiceError('not-found', 'ResourceNotFound', `The scope '${scope.path}' does not exist.`, {
    target: 'scope',
  })
}
