import { childScope, rootScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, tryParseGuid } from '#base/ids.ts'
import type { ResourceAddress } from './tracked-resource.ts'

/** A subscription, a resource group in it, or a resource in one; `scope` is what is authorised. */
export interface SubscriptionAddress {
  readonly subscription: SubscriptionId
  readonly scope: Scope
}

export interface GroupAddress extends SubscriptionAddress {
  /** As the caller wrote it. */
  readonly resourceGroup: string
}

/** A resource of a type such as `Microsoft.KeyVault/vaults`. */
export interface TypedResourceAddress extends ResourceAddress {
  readonly type: string
  readonly scope: Scope
}

/** Path parameters of every template of this surface: `{subscriptionId}`, `{resourceGroupName}`, `{name}`. */
type PathParameters = Readonly<Record<string, string>>

const groupNamePattern = /^[A-Za-z0-9_.()-]{1,90}$/
const resourceNamePattern = /^[A-Za-z0-9_.()-]{1,260}$/

/** The subscription named by a path. Throws `malformed` `InvalidSubscriptionId`. */
export function parseSubscription(path: PathParameters): SubscriptionAddress {
  const text = path['subscriptionId'] ?? ''
  const subscription = tryParseGuid<SubscriptionId>(text)
  if (subscription === undefined) {
    throw invalidSubscriptionId(text)
  }
  return { subscription, scope: childScope(rootScope, 'subscriptions', subscription) }
}

/** The refusal of what is no subscription id. `malformed` `InvalidSubscriptionId`. */
export function invalidSubscriptionId(text: string): ServiceError {
  const message = `The provided subscription identifier ${quoteName(text)} is malformed or invalid.`
  return new ServiceError('malformed', 'InvalidSubscriptionId', message, { target: 'subscriptionId' })
}

const quotable = /^[\x20-\x26\x28-\x7e]{0,128}$/

/** A name as the caller wrote it, in quotation marks; `'…'` for one that is too long or holds what no name holds. */
export function quoteName(text: string): string {
  return quotable.test(text) ? `'${text}'` : "'…'"
}

/** The resource group named by a path. Throws `malformed` `InvalidResourceGroup`. */
export function parseGroup(path: PathParameters): GroupAddress {
  const { subscription, scope } = parseSubscription(path)
  const resourceGroup = path['resourceGroupName'] ?? ''
  if (!isGroupName(resourceGroup)) {
    throw new ServiceError(
      'malformed',
      'InvalidResourceGroup',
      "The resource group name must have 1 to 90 characters: letters of the English alphabet, digits, '-', '.', '(', ')' or '_'. It cannot end with '.'.",
      { target: 'resourceGroupName' },
    )
  }
  return { subscription, resourceGroup, scope: childScope(scope, 'resourceGroups', resourceGroup) }
}

/** By the parameters of a request line, which are one object for as long as a connection sends the same line again. */
const parsed = new WeakMap<PathParameters, TypedResourceAddress>()

/** The resource of `type` that a path names by `{name}`. Throws `malformed`; what the type itself asks of a name comes on top. */
export function parseResource(path: PathParameters, type: string): TypedResourceAddress {
  const known = parsed.get(path)
  if (known?.type === type) return known
  const address = makeAddress(path, type)
  parsed.set(path, address)
  return address
}

function makeAddress(path: PathParameters, type: string): TypedResourceAddress {
  const { subscription, resourceGroup } = parseGroup(path)
  const name = path['name'] ?? ''
  if (!isResourceName(name)) {
    throw new ServiceError(
      'malformed',
      'InvalidResourceName',
      `The name of a '${type}' holds characters that are not allowed.`,
      {
        target: 'name',
      },
    )
  }
  const address = { subscription, resourceGroup, name }
  return { ...address, type, scope: resourceScope(address, type) }
}

/**
 * The resource of `type` that `text`, a full resource id in any letter case, names; undefined when it is anything else.
 * Dot segments, empty segments and percent signs never pass.
 */
export function tryParseResourceId(text: string, type: string): TypedResourceAddress | undefined {
  const segments = text.replace(/\/$/, '').split('/')
  const [namespace, kind] = type.toLowerCase().split('/')
  if (segments.length !== 9) return undefined
  const [empty, subscriptions, subscriptionId, groups, resourceGroupName, providers, theirNamespace, theirKind, name] =
    segments
  const literals = [empty, subscriptions, groups, providers, theirNamespace, theirKind].map((text) =>
    text?.toLowerCase(),
  )
  if (literals.join('/') !== `/subscriptions/resourcegroups/providers/${namespace}/${kind}`) return undefined
  if (tryParseGuid(subscriptionId) === undefined) return undefined
  if (!isGroupName(resourceGroupName ?? '') || !isResourceName(name ?? '')) return undefined
  return parseResource(
    { subscriptionId: subscriptionId ?? '', resourceGroupName: resourceGroupName ?? '', name: name ?? '' },
    type,
  )
}

/** The id of a resource as it is shown and stored: `type` in Azure's spelling, names as they were written. */
export function formatResourceId(address: ResourceAddress, type: string): string {
  return `${formatGroupId(address)}/providers/${type}/${address.name}`
}

/**
 * The scope under which a resource of `type` is authorised. Names are taken as they are: those of a stored resource were
 * checked before it was stored, and a list must not fail over one of its rows.
 */
export function resourceScope({ subscription, resourceGroup, name }: ResourceAddress, type: string): Scope {
  const group = ['subscriptions', subscription, 'resourceGroups', resourceGroup]
  return childScope(rootScope, ...group, 'providers', ...type.split('/'), name)
}

/** The id of a resource group. */
export function formatGroupId(group: {
  readonly subscription: SubscriptionId
  readonly resourceGroup: string
}): string {
  return `/subscriptions/${group.subscription}/resourceGroups/${group.resourceGroup}`
}

function isGroupName(text: string): boolean {
  return groupNamePattern.test(text) && !text.endsWith('.')
}

function isResourceName(text: string): boolean {
  return resourceNamePattern.test(text) && text !== '.' && text !== '..'
}

/** The refusal of a resource that is not there. `not-found` `ResourceNotFound`. */
export function resourceNotFound({ type, name, resourceGroup }: TypedResourceAddress): ServiceError {
  return new ServiceError(
    'not-found',
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}
