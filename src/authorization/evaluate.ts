import type { PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness } from '#storage/database.ts'
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
}

/**
 * Compiles what one principal may do. Pure; rules that name other principals are left aside.
 *
 * Deny assignments come first, then the union of the roles assigned to the principal and its groups at the scope or above;
 * what no role allows is denied. Control and data plane never mix. A repeated decision is two Map look-ups.
 * Source: contracts/resource-manager-and-container-apps.md §4.4; Azure, "List deny assignments".
 */
export function compilePermissions(facts: PrincipalFacts): Permissions {
  return new CompiledPermissions(facts)
}

/** The answers for one action: which scopes its grants and denials stand at, and what was decided before. */
interface ActionRules {
  /** Canonical scope path -> assignment id. */
  readonly grantedAt: ReadonlyMap<string, string>
  /** Canonical scope path -> deny assignment id, for requests at exactly that scope. */
  readonly deniedAt: ReadonlyMap<string, string>
  /** The same for requests anywhere below. */
  readonly deniedBelow: ReadonlyMap<string, string>
  readonly decided: Map<string, Decision>
}

/** Scope paths hold names that callers choose, so what is remembered of them is bounded. */
const maximumRemembered = 512

class CompiledPermissions implements Permissions {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly freshness: Freshness
  readonly #barrier: DenyReason | undefined
  readonly #grants: readonly RoleGrant[]
  readonly #denials: readonly DenyRule[]
  readonly #rules = { control: new Map<string, ActionRules>(), data: new Map<string, ActionRules>() }
  #remembered = 0

  constructor(facts: PrincipalFacts) {
    const identities = new Set<string>([facts.principal, ...facts.groups])
    this.tenant = facts.tenant
    this.principal = facts.principal
    this.freshness = facts.freshness
    this.#barrier = barrierOf(facts.state)
    this.#grants = facts.grants.filter((grant) => identities.has(grant.principalId))
    this.#denials = facts.denials.filter((rule) => concerns(rule, identities))
  }

  decide(requirements: NonEmpty<Requirement>): Decision {
    const first = this.#decideRequirement(requirements[0])
    if (first.outcome === 'deny') return first
    for (let at = 1; at < requirements.length; at++) {
      const requirement = requirements[at]
      if (requirement === undefined) continue
      const decision = this.#decideRequirement(requirement)
      if (decision.outcome === 'deny') return decision
    }
    return first
  }

  permits(action: Action, scope: Scope): boolean {
    return this.#decideAction(action, scope).outcome === 'allow'
  }

  /** When none of the actions is allowed, the first one's denial is the answer. */
  #decideRequirement(requirement: Requirement): Decision {
    const first = this.#decideAction(requirement.anyOf[0], requirement.scope)
    if (first.outcome === 'allow') return first
    for (let at = 1; at < requirement.anyOf.length; at++) {
      const action = requirement.anyOf[at]
      if (action === undefined) continue
      const decision = this.#decideAction(action, requirement.scope)
      if (decision.outcome === 'allow') return decision
    }
    return first
  }

  #decideAction(action: Action, scope: Scope): Decision {
    const rules = this.#rules[action.kind].get(action.name) ?? this.#compileRules(action)
    return rules.decided.get(scope.path) ?? this.#remember(rules, this.#evaluate(rules, action, scope))
  }

  #evaluate(rules: ActionRules, action: Action, scope: Scope): Decision {
    if (this.#barrier !== undefined) return { outcome: 'deny', reason: this.#barrier, action, scope }
    const denyAssignmentId = rules.deniedAt.get(scope.path) ?? findAbove(rules.deniedBelow, scope.path)
    if (denyAssignmentId !== undefined) {
      return { outcome: 'deny', reason: 'DenyAssignment', action, scope, denyAssignmentId }
    }
    const assignmentId = findAbove(rules.grantedAt, scope.path)
    if (assignmentId === undefined) return { outcome: 'deny', reason: 'NoAssignment', action, scope }
    return { outcome: 'allow', assignmentId, action, scope }
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
    for (const grant of this.#grants)
      if (covers(grant.role)) keepLowest(grantedAt, grant.scope.path, grant.assignmentId)
    const deniedAt = new Map<string, string>()
    const deniedBelow = new Map<string, string>()
    for (const rule of this.#denials) {
      if (!covers(rule.blocked)) continue
      keepLowest(deniedAt, rule.scope.path, rule.denyAssignmentId)
      if (rule.appliesToChildScopes) keepLowest(deniedBelow, rule.scope.path, rule.denyAssignmentId)
    }
    const rules: ActionRules = { grantedAt, deniedAt, deniedBelow, decided: new Map() }
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
function findAbove(ids: ReadonlyMap<string, string>, path: string): string | undefined {
  if (ids.size === 0) return undefined
  for (let at = path; ; ) {
    const found = ids.get(at)
    if (found !== undefined || at === '/') return found
    const cut = at.lastIndexOf('/')
    at = cut <= 0 ? '/' : at.slice(0, cut)
  }
}
