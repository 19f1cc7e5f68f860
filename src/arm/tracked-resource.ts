import type { SubscriptionId } from '#base/ids.ts'

/** Who wrote a resource, in the words of ARM's `systemData`. `by` is a user principal name or a client id. */
export interface Author {
  readonly by: string
  readonly type: 'User' | 'Application' | 'ManagedIdentity'
}

/** ARM's `systemData`, before it is on the wire. */
export interface ResourceHistory {
  readonly createdAt: Date
  readonly createdBy: Author
  readonly updatedAt: Date
  readonly updatedBy: Author
}

export type Tags = Readonly<Record<string, string>>

/** Which resource: names keep the caller's letter case, comparison ignores it. */
export interface ResourceAddress {
  readonly subscription: SubscriptionId
  readonly resourceGroup: string
  readonly name: string
}

/** The place of a row in a list ordered by resource group, then name, both in lower case. */
export interface ListPosition {
  readonly resourceGroup: string
  readonly name: string
}

/** One page of a list: rows of the subscription, or of one of its groups, that come after `after`. */
export interface ResourceQuery {
  readonly subscription: SubscriptionId
  /** Any letter case. */
  readonly resourceGroup?: string
  /** Any letter case; the one resource with this name. */
  readonly name?: string
  readonly after?: ListPosition
  readonly limit: number
}

/** What every tracked resource has. */
export interface TrackedResource {
  readonly address: ResourceAddress
  /** Canonical region name, `westeurope`. */
  readonly location: string
  readonly tags: Tags
  readonly history: ResourceHistory
}
