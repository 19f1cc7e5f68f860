import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import { parseStoredJson } from '#base/json.ts'
import { type ActionPattern, compileActionPattern } from './action-pattern.ts'
import { type Condition, compileCondition } from './conditions/condition.ts'
import type { Action } from './decision.ts'
import type { Scope } from './scope.ts'

/** One entry of a role's `permissions`, in Azure's words. The two planes never mix. */
export interface RolePermission {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
  /** Under which this entry's actions are allowed, version 2.0; built-in roles only. */
  readonly condition?: string
}

/** A built-in or custom role. */
export interface RoleDefinition {
  readonly id: Guid
  readonly roleName: string
  readonly type: 'BuiltInRole' | 'CustomRole'
  readonly description: string
  /** As written by the role's author; `/` for built-in roles. */
  readonly assignableScopes: readonly string[]
  readonly permissions: readonly RolePermission[]
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Object id of the author; undefined for built-in roles. */
  readonly createdBy: string | undefined
  readonly updatedBy: string | undefined
}

/** A role's permissions, compiled once. */
export interface CompiledRole {
  /** Whether the role's actions, less its notActions, hold this action; `lowerCaseName` in lower case. */
  allows(kind: Action['kind'], lowerCaseName: string): boolean
  /** Of an action that is allowed: the conditions of which one must be fulfilled; none when it is allowed without. */
  conditionsOf(kind: Action['kind'], lowerCaseName: string): readonly Condition[]
  /** Whether any action is allowed under a condition. */
  readonly isConditional: boolean
}

/**
 * Compiles a role. All notActions of a role are subtracted from all its actions, whichever entry they stand in; they take
 * nothing from other roles. Source: contracts/resource-manager-and-container-apps.md §4.4, step 5.
 */
export function compileRole(permissions: readonly RolePermission[]): CompiledRole {
  const allowed = { control: patterns(permissions, 'actions'), data: patterns(permissions, 'dataActions') }
  const excepted = { control: patterns(permissions, 'notActions'), data: patterns(permissions, 'notDataActions') }
  const conditions = permissions.map(compileEntryCondition)
  return {
    allows: (kind, name) => anyMatches(allowed[kind], name) && !anyMatches(excepted[kind], name),
    conditionsOf(kind, name) {
      const holding = conditions.filter((entry) => anyMatches(entry[kind], name))
      return holding.some(({ condition }) => condition === undefined)
        ? []
        : holding.flatMap(({ condition }) => condition ?? [])
    },
    isConditional: conditions.some(({ condition }) => condition !== undefined),
  }
}

function compileEntryCondition(permission: RolePermission) {
  return {
    control: patterns([permission], 'actions'),
    data: patterns([permission], 'dataActions'),
    condition: permission.condition === undefined ? undefined : compileCondition(permission.condition),
  }
}

type ActionList = Exclude<keyof RolePermission, 'condition'>

function patterns(permissions: readonly RolePermission[], member: ActionList): readonly ActionPattern[] {
  return permissions.flatMap((permission) => permission[member].map(compileActionPattern))
}

function anyMatches(candidates: readonly ActionPattern[], name: string): boolean {
  for (const candidate of candidates) if (candidate.matches(name)) return true
  return false
}

const storedPermissions = z.array(
  z.object({
    actions: z.array(z.string()),
    notActions: z.array(z.string()),
    dataActions: z.array(z.string()),
    notDataActions: z.array(z.string()),
  }),
)
const storedScopes = z.array(z.string())

/**
 * The stored form of permissions, read back. Throws `internal` / `RoleDefinitionDamaged` or `RowBroken` when it is not what
 * was written: a role that cannot be read whole is never evaluated in part.
 */
export function parseStoredPermissions(json: string): readonly RolePermission[] {
  return parseStored(storedPermissions, json)
}

/** The stored form of assignable scopes, read back. Throws `internal` / `RoleDefinitionDamaged` or `RowBroken`. */
export function parseStoredScopes(json: string): readonly string[] {
  return parseStored(storedScopes, json)
}

function parseStored<T>(schema: z.ZodType<T>, json: string): T {
  const what = 'A stored role or deny assignment'
  const checked = schema.safeParse(parseStoredJson(json, what))
  if (checked.success) return checked.data
  throw new ServiceError('internal', 'RoleDefinitionDamaged', `${what} cannot be read.`)
}

/**
 * The ARM id of a role as seen from `scope`: under its subscription, or at tenant level when the scope has none. Role
 * definitions and role assignments must show the identical string, for az joins the two letter by letter.
 * Source: contracts/resource-manager-and-container-apps.md §4.1.
 */
export function roleDefinitionResourceId(roleDefinitionId: Guid, scope: Scope): string {
  const [kind, subscription] = scope.segments
  const prefix = kind === 'subscriptions' && subscription !== undefined ? `/subscriptions/${subscription}` : ''
  return `${prefix}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionId}`
}
