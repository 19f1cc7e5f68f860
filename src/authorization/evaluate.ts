import { type Clock, systemClock } from '#base/clock.ts'
import type { PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness } from '#storage/database.ts'
import type { Attributes } from './conditions/attributes.ts'
import type { Condition } from './conditions/condition.ts'
import { type DecideAction, decideRequirements } from './decide-requirements.ts'
import type { Action, Decision, DenyReason, NonEmpty, Permissions, Requirement } from './decision.ts'
import type { CompiledRole } from './role-definition.ts'
import type { Scope } from './scope.ts'

/** The principal that stands for every user, group and service principal of the tenant in deny assignments. */
export const everyonePrincipalId = '00000000-0000-0000-0000-000000000000'

/** One role assignment, of whomever. */
export interface RoleGrant {
  readonly assignmentId: string
  readonly principalId: string
  readonly scope: Scope
  readonly role: CompiledRole
  /** The assignment's own condition. */
  readonly condition?: Condition | undefined
}

/** One deny assignment: it names principals (or everyone) and may exclude others, groups included. */
export interface DenyRule {
  readonly denyAssignmentId: string
  readonly scope: Scope
  /** False: it blocks at exactly this scope and nowhere below. */
  readonly appliesToChildScopes: boolean
  /** What is blocked: its actions less its notActions. */
  readonly blocked: CompiledRole
  readonly principalIds: ReadonlySet<string>
  readonly excludedPrincipalIds: ReadonlySet<string>
}

/** All that a principal's decisions depend on, read at one freshness. */
export interface PrincipalFacts {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly state: 'enabled' | 'disabled' | 'unknown'
  /** Every group the principal is in, through other groups too. */
  readonly groups: readonly string[]
  readonly grants: readonly RoleGrant[]
  readonly denials: readonly DenyRule[]
  readonly freshness: Freshness
  /** What conditions on the time go by; the machine's own if left out. */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * Compiles what one principal may do. Pure; rules that name other principals are left aside.
 *
 * Deny assignments come first, then the union of the roles assigned to the principal and its groups at the scope or above;
 * what no role allows is denied. Control and data plane never mix. A repeated decision is two Map look-ups, unless it hangs on a
 * condition: those are asked each time, and only where no assignment allows without.
 * Source: contracts/resource-manager-and-container-apps.md §4.4; Azure, "List deny assignments".
 */
export function compilePermissions(facts: PrincipalFacts): Permissions {
  return new CompiledPermissions(facts)
}

/** The answers for one action: which scopes its grants and denials stand at, and what was decided before. */
interface ActionRules {
  /** Canonical scope path -> assignment id. */
  readonly grantedAt: ReadonlyMap<string, string>
  /** Canonical scope path -> assignments that count under conditions, by id. */
  readonly conditionalAt: ReadonlyMap<string, readonly ConditionalGrant[]>
  /** Canonical scope path -> deny assignment id, for requests at exactly that scope. */
  readonly deniedAt: ReadonlyMap<string, string>
  /** The same for requests anywhere below. */
  readonly deniedBelow: ReadonlyMap<string, string>
  readonly decided: Map<string, Decision>
}

/** An assignment of a role that allows the action under conditions. */
interface ConditionalGrant {
  readonly assignmentId: string
  /** One of these must be fulfilled, if there are any. */
  readonly anyOf: readonly Condition[]
  /** And this one. */
  readonly condition: Condition | undefined
}

/** Scope paths hold names that callers choose, so what is remembered of them is bounded. */
const maximumRemembered = 512

class CompiledPermissions implements Permissions {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly freshness: Freshness
  readonly groups: readonly string[]
  readonly barrier: DenyReason | undefined
  readonly #grants: readonly RoleGrant[]
  readonly #denials: readonly DenyRule[]
  readonly #isConditional: boolean
  readonly #clock: Pick<Clock, 'now'>
  readonly #rules = { control: new Map<string, ActionRules>(), data: new Map<string, ActionRules>() }
  #remembered = 0
  /** Made once, so that a call makes nothing. Attributes that are still to be looked up are not known. */
  readonly #decideRequired: DecideAction = (action, { scope, attributes }) =>
    this.#decideAction(action, scope, typeof attributes === 'function' ? undefined : attributes)

  constructor(facts: PrincipalFacts) {
    const identities = new Set<string>([facts.principal, ...facts.groups])
    this.tenant = facts.tenant
    this.principal = facts.principal
    this.freshness = facts.freshness
    this.groups = facts.groups
    this.barrier = barrierOf(facts.state)
    this.#grants = facts.grants.filter((grant) => identities.has(grant.principalId))
    this.#denials = facts.denials.filter((rule) => concerns(rule, identities))
    this.#isConditional = this.#grants.some(({ role, condition }) => role.isConditional || condition !== undefined)
    this.#clock = facts.clock ?? systemClock
  }

  decide(requirements: NonEmpty<Requirement>): Decision {
    return decideRequirements(requirements, this.#decideRequired)
  }

  hangsOnLookup(requirements: NonEmpty<Requirement>): boolean {
    if (!this.#isConditional) return false
    return requirements.some(
      ({ anyOf, scope, attributes }) =>
        typeof attributes === 'function' && anyOf.some((action) => this.#settle(action, scope) === undefined),
    )
  }

  permits(action: Action, scope: Scope, attributes?: Attributes): boolean {
    return this.#decideAction(action, scope, attributes).outcome === 'allow'
  }

  #decideAction(action: Action, scope: Scope, attributes: Attributes | undefined): Decision {
    return this.#settle(action, scope) ?? this.#askConditions(action, scope, attributes ?? {})
  }

  /** The decision if it hangs on no condition; it is remembered. */
  #settle(action: Action, scope: Scope): Decision | undefined {
    const rules = this.#rulesFor(action)
    const known = rules.decided.get(scope.path)
    if (known !== undefined) return known
    const decision = this.#evaluate(rules, action, scope)
    return decision && this.#remember(rules, decision)
  }

  #rulesFor(action: Action): ActionRules {
    return this.#rules[action.kind].get(action.name) ?? this.#compileRules(action)
  }

  /** Asked from the scope upwards; the first assignment whose conditions are fulfilled allows. */
  #askConditions(action: Action, scope: Scope, attributes: Attributes): Decision {
    const facts = { action: action.name.toLowerCase(), attributes, now: this.#clock.now() }
    const { conditionalAt } = this.#rulesFor(action)
    for (const path of pathsUpwards(scope.path)) {
      for (const { assignmentId, anyOf, condition } of conditionalAt.get(path) ?? []) {
        const isFulfilled = anyOf.length === 0 || anyOf.some((one) => one.holds(facts))
        if (isFulfilled && (condition === undefined || condition.holds(facts))) {
          return { outcome: 'allow', assignmentId, action, scope }
        }
      }
    }
    return { outcome: 'deny', reason: 'ConditionNotFulfilled', action, scope }
  }

  /** Undefined: it hangs on conditions. */
  #evaluate(rules: ActionRules, action: Action, scope: Scope): Decision | undefined {
    if (this.barrier !== undefined) return { outcome: 'deny', reason: this.barrier, action, scope }
    const denyAssignmentId = rules.deniedAt.get(scope.path) ?? findAbove(rules.deniedBelow, scope.path)
    if (denyAssignmentId !== undefined) {
      return { outcome: 'deny', reason: 'DenyAssignment', action, scope, denyAssignmentId }
    }
    const assignmentId = findAbove(rules.grantedAt, scope.path)
    if (assignmentId !== undefined) return { outcome: 'allow', assignmentId, action, scope }
    if (findAbove(rules.conditionalAt, scope.path) !== undefined) return undefined
    return { outcome: 'deny', reason: 'NoAssignment', action, scope }
  }

  #remember(rules: ActionRules, decision: Decision): Decision {
    if (this.#remembered >= maximumRemembered) {
      for (const plane of [this.#rules.control, this.#rules.data])
        for (const entry of plane.values()) entry.decided.clear()
      this.#remembered = 0
    }
    rules.decided.set(decision.scope.path, decision)
    this.#remembered++
    return decision
  }

  #compileRules(action: Action): ActionRules {
    const name = action.name.toLowerCase()
    const verdicts = new Map<CompiledRole, boolean>()
    const covers = (role: CompiledRole): boolean => {
      const known = verdicts.get(role)
      if (known !== undefined) return known
      const verdict = role.allows(action.kind, name)
      verdicts.set(role, verdict)
      return verdict
    }
    const grantedAt = new Map<string, string>()
    const conditional: (ConditionalGrant & { readonly path: string })[] = []
    for (const { assignmentId, scope, role, condition } of this.#grants) {
      if (!covers(role)) continue
      const anyOf = role.conditionsOf(action.kind, name)
      if (anyOf.length === 0 && condition === undefined) keepLowest(grantedAt, scope.path, assignmentId)
      else conditional.push({ path: scope.path, assignmentId, anyOf, condition })
    }
    conditional.sort((one, other) => (one.assignmentId < other.assignmentId ? -1 : 1))
    const conditionalAt = Map.groupBy(conditional, ({ path }) => path)
    const deniedAt = new Map<string, string>()
    const deniedBelow = new Map<string, string>()
    for (const rule of this.#denials) {
      if (!covers(rule.blocked)) continue
      keepLowest(deniedAt, rule.scope.path, rule.denyAssignmentId)
      if (rule.appliesToChildScopes) keepLowest(deniedBelow, rule.scope.path, rule.denyAssignmentId)
    }
    const rules: ActionRules = { grantedAt, conditionalAt, deniedAt, deniedBelow, decided: new Map() }
    this.#rules[action.kind].set(action.name, rules)
    return rules
  }
}

function barrierOf(state: PrincipalFacts['state']): DenyReason | undefined {
  switch (state) {
    case 'enabled':
      return undefined
    case 'disabled':
      return 'PrincipalDisabled'
    case 'unknown':
      return 'PrincipalUnknown'
  }
}

function concerns(rule: DenyRule, identities: ReadonlySet<string>): boolean {
  if (!rule.excludedPrincipalIds.isDisjointFrom(identities)) return false
  return rule.principalIds.has(everyonePrincipalId) || !rule.principalIds.isDisjointFrom(identities)
}

/** Of several assignments at one scope the lowest id is named, so that the answer does not depend on row order. */
function keepLowest(ids: Map<string, string>, path: string, id: string): void {
  const kept = ids.get(path)
  if (kept === undefined || id < kept) ids.set(path, id)
}

/** What stands at this scope or the nearest one above it: a walk over the path's segments, however many rules there are. */
function findAbove<T>(rules: ReadonlyMap<string, T>, path: string): T | undefined {
  if (rules.size === 0) return undefined
  for (let at = path; ; at = pathAbove(at)) {
    const found = rules.get(at)
    if (found !== undefined || at === '/') return found
  }
}

function pathsUpwards(path: string): readonly string[] {
  const paths = [path]
  for (let at = path; at !== '/'; ) {
    at = pathAbove(at)
    paths.push(at)
  }
  return paths
}

function pathAbove(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut <= 0 ? '/' : path.slice(0, cut)
}
