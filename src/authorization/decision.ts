/**
 * authorization: Azure RBAC, whole: scopes, role definitions, role and deny assignments, one evaluator for every surface.
 * Denies by default; never asks who calls, only what a principal may do.
 */

import type { PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness, Reader } from '#storage/database.ts'
import type { AttributeLookup, Attributes } from './conditions/attributes.ts'
import type { Scope } from './scope.ts'

/** A permission by Azure's name; `data` is checked against dataActions, `control` against actions. */
export interface Action {
  readonly kind: 'control' | 'data'
  readonly name: string
}

/** A control-plane permission, such as `Microsoft.KeyVault/vaults/write`. */
export function action(name: string): Action {
  return { kind: 'control', name }
}

/** A data-plane permission, such as `Microsoft.KeyVault/vaults/secrets/getSecret/action`. */
export function dataAction(name: string): Action {
  return { kind: 'data', name }
}

export type NonEmpty<T> = readonly [T, ...T[]]

/** Any one of these actions at this scope. */
export interface Requirement {
  readonly anyOf: NonEmpty<Action>
  readonly scope: Scope
  /** Where a vault's access policies decide: the permission on secrets, if it is not the one that the actions stand for. */
  readonly secretPermission?: SecretPermission
  /** What conditions may ask about this call. A lookup is asked only when the decision hangs on a condition. */
  readonly attributes?: Attributes | AttributeLookup | undefined
}

/** What an access policy can permit on secrets, besides `all`. */
export type SecretPermission = 'get' | 'list' | 'set' | 'delete' | 'backup' | 'restore' | 'recover' | 'purge'

/** `ConditionNotFulfilled`: a role that allows it is assigned, under a condition that this call does not fulfil. */
export type DenyReason =
  | 'NoAssignment'
  | 'ConditionNotFulfilled'
  | 'DenyAssignment'
  | 'NoAccessPolicy'
  | 'PrincipalDisabled'
  | 'PrincipalUnknown'

/** A decision is a value. It says why: the assignment or access policy that allowed, or what was missing. */
export type Decision =
  | {
      readonly outcome: 'allow'
      readonly assignmentId: string
      readonly accessPolicy?: never
      readonly action: Action
      readonly scope: Scope
    }
  | {
      readonly outcome: 'allow'
      readonly assignmentId?: never
      /** The object id that the access policy names. */
      readonly accessPolicy: string
      readonly action: Action
      readonly scope: Scope
    }
  | {
      readonly outcome: 'deny'
      readonly reason: DenyReason
      readonly action: Action
      readonly scope: Scope
      readonly denyAssignmentId?: string
      /** Set where access policies decided. */
      readonly accessPolicy?: MissingAccessPolicy
    }

/** What no access policy of a vault gave. */
export interface MissingAccessPolicy {
  /** In the words of access policies: `secrets get`. Undefined when no such permission exists. */
  readonly permission: string | undefined
  /** Whether any access policy names the principal or one of its groups. */
  readonly isNamed: boolean
  /** How many groups the principal is in. */
  readonly groups: number
}

/** What one principal may do, compiled from its own and its groups' assignments at one freshness. */
export interface Permissions {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly freshness: Freshness
  /** The object ids of every group the principal is in, through other groups too. */
  readonly groups: readonly string[]
  /** Why the principal may do nothing at all, whatever is assigned to it. */
  readonly barrier: DenyReason | undefined
  /**
   * All requirements must hold; the first that does not is the denial. To a condition, attributes that are still to be looked up
   * are not known: see `hangsOnLookup`.
   */
  decide(requirements: NonEmpty<Requirement>): Decision
  /** Whether the decision hangs on attributes that were not looked up yet. */
  hangsOnLookup(requirements: NonEmpty<Requirement>): boolean
  permits(action: Action, scope: Scope, attributes?: Attributes): boolean
}

/** The one evaluator. */
export interface Authorizer {
  /** The permissions cached under exactly this freshness, or undefined; does no I/O. */
  cached(tenant: TenantId, principal: PrincipalId, freshness: Freshness): Permissions | undefined
  /** Loads a principal's groups, role and deny assignments through `reader`, compiles and caches them. */
  load(reader: Reader, principal: PrincipalId): Promise<Permissions>
}
