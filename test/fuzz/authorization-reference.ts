/**
 * A second evaluator, written from the text of the contract alone and as plainly as possible: it walks lists, compares
 * segments, and shares no code with the one it checks. Nothing here is fast.
 * Source: contracts/resource-manager-and-container-apps.md §4.3, §4.4; Azure, "List deny assignments".
 */

export interface ReferenceRole {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
}

export interface ReferenceAssignment {
  readonly id: string
  readonly principal: string
  readonly scope: string
  readonly role: ReferenceRole
}

export interface ReferenceDeny {
  readonly id: string
  readonly scope: string
  readonly childScopes: boolean
  readonly blocked: ReferenceRole
  readonly principals: readonly string[]
  readonly excluded: readonly string[]
}

export interface ReferenceWorld {
  /** [group, member] */
  readonly memberships: readonly (readonly [string, string])[]
  readonly assignments: readonly ReferenceAssignment[]
  readonly denials: readonly ReferenceDeny[]
}

export interface ReferenceCall {
  readonly principal: string
  readonly plane: 'control' | 'data'
  readonly action: string
  readonly scope: string
}

export type ReferenceAnswer = { readonly allowed: true } | { readonly allowed: false; readonly denied: boolean }

const everyone = '00000000-0000-0000-0000-000000000000'

export function referenceDecision(world: ReferenceWorld, call: ReferenceCall): ReferenceAnswer {
  // 1. principal + transitive groups
  const who = referenceGroups(world, call.principal)
  // 2., 3. a matching deny assignment whose scope covers the resource blocks
  for (const deny of world.denials) {
    const inScope = deny.childScopes ? covers(deny.scope, call.scope) : same(deny.scope, call.scope)
    const named = deny.principals.includes(everyone) || deny.principals.some((id) => who.includes(id))
    const excluded = deny.excluded.some((id) => who.includes(id))
    if (inScope && named && !excluded && roleHolds(deny.blocked, call)) return { allowed: false, denied: true }
  }
  // 4., 5., 6. union over the roles of the principal and its groups
  for (const assignment of world.assignments) {
    if (!who.includes(assignment.principal)) continue
    if (!covers(assignment.scope, call.scope)) continue
    if (roleHolds(assignment.role, call)) return { allowed: true }
  }
  // 8. no hit
  return { allowed: false, denied: false }
}

export function referenceGroups(world: ReferenceWorld, principal: string): readonly string[] {
  const reached = [principal]
  for (let grew = true; grew; ) {
    grew = false
    for (const [group, member] of world.memberships) {
      if (reached.includes(member) && !reached.includes(group)) {
        reached.push(group)
        grew = true
      }
    }
  }
  return reached
}

function roleHolds(role: ReferenceRole, call: ReferenceCall): boolean {
  const allowed = call.plane === 'control' ? role.actions : role.dataActions
  const excepted = call.plane === 'control' ? role.notActions : role.notDataActions
  return (
    allowed.some((pattern) => matches(pattern, call.action)) &&
    !excepted.some((pattern) => matches(pattern, call.action))
  )
}

/** Case-insensitive; `*` (and `**`) is any text; between slashes it may be nothing, and the two slashes one. */
export function matches(pattern: string, name: string): boolean {
  return matchesFrom(pattern.toLowerCase().replace(/\*+/g, '*'), name.toLowerCase())
}

function matchesFrom(pattern: string, name: string): boolean {
  if (pattern === '') return name === ''
  if (pattern.startsWith('/*/') && name.startsWith('/') && matchesFrom(pattern.slice(2), name)) return true
  if (pattern.startsWith('*')) {
    for (let taken = 0; taken <= name.length; taken++) {
      if (matchesFrom(pattern.slice(1), name.slice(taken))) return true
    }
    return false
  }
  return pattern[0] === name[0] && matchesFrom(pattern.slice(1), name.slice(1))
}

function segments(scope: string): readonly string[] {
  return scope
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}

function covers(outer: string, inner: string): boolean {
  const wanted = segments(outer)
  const given = segments(inner)
  return wanted.every((segment, at) => given[at] === segment)
}

function same(left: string, right: string): boolean {
  return covers(left, right) && covers(right, left)
}
