import type { Scope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import type { Surface } from '#operation/operation.ts'

/** What Microsoft Graph needs of others. */
export interface GraphDependencies {
  /** Accepts tokens for Graph's audiences. */
  readonly authenticate: NonNullable<Surface['authenticate']>
  /**
   * Where one must be able to give roles to others to change groups: a group's members have what the group has, so whoever
   * changes them gives roles away. The installation's subscription.
   */
  readonly administration: Scope
  readonly clock: Clock
}
