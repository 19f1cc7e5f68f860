/**
 * authorization: Azure RBAC, whole: scopes, role definitions, role and deny assignments, one evaluator for every surface.
 * Denies by default; never asks who calls, only what a principal may do.
 */

import type { PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness, Reader } from '#storage/database.ts'
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
}

export type DenyReason = 'NoAssignment' | 'DenyAssignment' | 'PrincipalDisabled' | 'PrincipalUnknown'

/** A decision is a value. It says why: the assignment that allowed, or what was missing. */
export type Decision =
  | { readonly outcome: 'allow'; readonly assignmentId: string; readonly action: Action; readonly scope: Scope }
  | {
      readonly outcome: 'deny'
      readonly reason: DenyReason
      readonly action: Action
      readonly scope: Scope
      readonly denyAssignmentId?: string
    }

/** What one principal may do, compiled from its own and its groups' assignments at one freshness. */
export interface Permissions {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly freshness: Freshness
  /** All requirements must hold; the first that does not is the denial. */
  decide(requirements: NonEmpty<Requirement>): Decision
  permits(action: Action, scope: Scope): boolean
}

/** The one evaluator. */
export interface Authorizer {
  /** The permissions cached under exactly this freshness, or undefined; does no I/O. */
  cached(tenant: TenantId, principal: PrincipalId, freshness: Freshness): Permissions | undefined
  /** Loads a principal's groups, role and deny assignments through `reader`, compiles and caches them. */
  load(reader: Reader, principal: PrincipalId): Promise<Permissions>
}
