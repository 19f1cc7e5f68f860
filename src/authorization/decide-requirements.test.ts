import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decideRequirements } from './decide-requirements.ts'
import { type Action, type Decision, dataAction, type NonEmpty, type Requirement } from './decision.ts'
import { parseScope } from './scope.ts'

const scope = parseScope('/subscriptions/s')
const [a, b, c] = [dataAction('a'), dataAction('b'), dataAction('c')]
const needs = (...anyOf: NonEmpty<Action>): Requirement => ({ anyOf, scope })

/** Decides with only these actions allowed, and says which were asked. */
function decide(allowed: readonly Action[], requirements: NonEmpty<Requirement>) {
  const asked: Action[] = []
  const made: Decision[] = []
  const decision = decideRequirements(requirements, (action, requirement) => {
    asked.push(action)
    const one: Decision = allowed.includes(action)
      ? { outcome: 'allow', assignmentId: action.name, action, scope: requirement.scope }
      : { outcome: 'deny', reason: 'NoAssignment', action, scope: requirement.scope }
    made.push(one)
    return one
  })
  assert.ok(made.includes(decision), 'the decision of one action is the answer')
  return { asked, answer: [decision.outcome, decision.action] }
}

describe('the decision of a call', () => {
  test('is the first requirement’s when all hold', () => {
    assert.deepEqual(decide([a, b], [needs(a), needs(b)]), { asked: [a, b], answer: ['allow', a] })
  })

  test('is the denial of the first requirement that does not hold, and the others are not asked', () => {
    assert.deepEqual(decide([b, c], [needs(a), needs(b)]), { asked: [a], answer: ['deny', a] })
    assert.deepEqual(decide([a], [needs(a), needs(b), needs(c)]), { asked: [a, b], answer: ['deny', b] })
  })

  test('takes any action of a requirement, and asks none after one that is allowed', () => {
    assert.deepEqual(decide([b, c], [needs(a, b, c)]), { asked: [a, b], answer: ['allow', b] })
    assert.deepEqual(decide([a, c], [needs(a), needs(b, c)]), { asked: [a, b, c], answer: ['allow', a] })
  })

  test('is the denial of the first action when none of a requirement is allowed', () => {
    assert.deepEqual(decide([], [needs(a, b, c)]), { asked: [a, b, c], answer: ['deny', a] })
    assert.deepEqual(decide([c], [needs(c), needs(b, a)]), { asked: [c, b, a], answer: ['deny', b] })
  })

  test('is none where a requirement or an action is missing', () => {
    const requirements: [Requirement, ...Requirement[]] = [needs(a), needs(b)]
    requirements.length = 3
    assert.throws(() => decide([a, b], requirements), TypeError)
    const anyOf: [Action, ...Action[]] = [a]
    anyOf.length = 2
    assert.throws(() => decide([b], [needs(b), { anyOf, scope }]), TypeError)
  })
})
