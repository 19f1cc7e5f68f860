import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileActionPattern } from '#authorization/action-pattern.ts'
import { action, dataAction, type Permissions } from '#authorization/decision.ts'
import { compilePermissions } from '#authorization/evaluate.ts'
import { compileRole } from '#authorization/role-definition.ts'
import { coversScope, parseScope } from '#authorization/scope.ts'
import { trustGuid } from '#base/ids.ts'
import {
  matches,
  type ReferenceCall,
  type ReferenceWorld,
  referenceDecision,
  referenceGroups,
} from './authorization-reference.ts'
import { randomSource, worldMaker } from './authorization-world.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
console.log(`authorization fuzz seed: ${seed} (FUZZ_SEED=${seed} repeats this run)`)

function permissionsIn(world: ReferenceWorld, principal: string): Permissions {
  return compilePermissions({
    tenant: trustGuid('99999999-9999-4999-8999-999999999999'),
    principal: trustGuid(principal),
    state: 'enabled',
    groups: referenceGroups(world, principal).filter((id) => id !== principal),
    grants: world.assignments.map((assignment) => ({
      assignmentId: assignment.id,
      principalId: assignment.principal,
      scope: parseScope(assignment.scope),
      role: compileRole([assignment.role]),
    })),
    denials: world.denials.map((deny) => ({
      denyAssignmentId: deny.id,
      scope: parseScope(deny.scope),
      appliesToChildScopes: deny.childScopes,
      blocked: compileRole([deny.blocked]),
      principalIds: new Set(deny.principals),
      excludedPrincipalIds: new Set(deny.excluded),
    })),
    freshness: { generation: 1, epoch: 0 },
  })
}

function decide(permissions: Permissions, call: ReferenceCall) {
  const asked = call.plane === 'control' ? action(call.action) : dataAction(call.action)
  return permissions.decide([{ anyOf: [asked], scope: parseScope(call.scope) }])
}

describe('the evaluator', () => {
  test('agrees with a brute-force evaluator on 100,000 random cases', () => {
    const maker = worldMaker(randomSource(seed))
    const outcomes = { allowed: 0, denied: 0, nothing: 0 }
    for (let round = 0; round < 100_000; round++) {
      const world = maker.world()
      const call = maker.call()
      const expected = referenceDecision(world, call)
      const decision = decide(permissionsIn(world, call.principal), call)
      const agrees = expected.allowed
        ? decision.outcome === 'allow'
        : decision.outcome === 'deny' && decision.reason === (expected.denied ? 'DenyAssignment' : 'NoAssignment')
      if (!agrees) assert.fail(JSON.stringify({ seed, round, expected, decision, call, world }))
      outcomes[expected.allowed ? 'allowed' : expected.denied ? 'denied' : 'nothing']++
    }
    console.log(`authorization fuzz outcomes: ${JSON.stringify(outcomes)}`)
    // The worlds must not be so poor that one answer is always right.
    for (const count of Object.values(outcomes)) assert.ok(count > 5000, JSON.stringify(outcomes))
  })

  test('names an assignment that by itself allows what was allowed', () => {
    const maker = worldMaker(randomSource(seed + 1))
    let checked = 0
    for (let round = 0; round < 10_000; round++) {
      const world = maker.world()
      const call = maker.call()
      const decision = decide(permissionsIn(world, call.principal), call)
      if (decision.outcome !== 'allow') continue
      const assignments = world.assignments.filter((assignment) => assignment.id === decision.assignmentId)
      assert.equal(assignments.length, 1)
      assert.deepEqual(referenceDecision({ ...world, assignments }, call), { allowed: true })
      checked++
    }
    assert.ok(checked > 500)
  })

  test('gives the same answer from its memory, and for every spelling: authorize(x) = authorize(canonical x)', () => {
    const maker = worldMaker(randomSource(seed + 2))
    for (let round = 0; round < 10_000; round++) {
      const world = maker.world()
      const call = maker.call()
      const permissions = permissionsIn(world, call.principal)
      const first = decide(permissions, call)
      assert.equal(decide(permissions, call), first)
      const respelled: ReferenceCall = {
        ...call,
        action: call.action.toLowerCase(),
        scope: `${call.scope.toUpperCase()}/`.slice(round % 2),
      }
      assert.deepEqual(answerOf(decide(permissions, respelled)), answerOf(first))
      assert.deepEqual(answerOf(decide(permissionsIn(world, call.principal), respelled)), answerOf(first))
    }
  })
})

function answerOf(decision: ReturnType<typeof decide>): unknown {
  return decision.outcome === 'allow'
    ? { allowed: decision.assignmentId, path: decision.scope.path }
    : { denied: decision.reason, by: decision.denyAssignmentId, path: decision.scope.path }
}

describe('action patterns', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', '.'), maxLength: 12 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', '.', '*', '*'), maxLength: 8 })

  test('match as the plainest recursive matcher does', () => {
    fc.assert(
      fc.property(pattern, text, (written, name) => {
        assert.equal(compileActionPattern(written).matches(name.toLowerCase()), matches(written, name))
      }),
      { seed, numRuns: 20_000 },
    )
  })
})

describe('scopes', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'A', '1', '-', '_', '.', 'é'), minLength: 1, maxLength: 3 })
  const path = fc
    .array(
      segment.filter((part) => part !== '.' && part !== '..'),
      { maxLength: 4 },
    )
    .map((parts) => `/${parts.join('/')}`)

  test('are their own canonical form', () => {
    fc.assert(
      fc.property(path, (text) => {
        const scope = parseScope(text)
        assert.deepEqual(parseScope(scope.path), scope)
        assert.deepEqual(parseScope(text.toUpperCase()), scope)
      }),
      { seed, numRuns: 5000 },
    )
  })

  test('cover what their path is a prefix of at a segment border, and nothing else', () => {
    fc.assert(
      fc.property(path, path, (left, right) => {
        const [outer, inner] = [parseScope(left), parseScope(right)]
        const expected = outer.path === '/' || `${inner.path}/`.startsWith(`${outer.path}/`)
        assert.equal(coversScope(outer, inner), expected)
      }),
      { seed, numRuns: 5000 },
    )
  })
})
