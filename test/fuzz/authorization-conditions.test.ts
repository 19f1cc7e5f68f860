import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileCondition } from '#authorization/conditions/condition.ts'
import { parseCondition } from '#authorization/conditions/parse-condition.ts'
import type { Expression, Operand } from '#authorization/conditions/syntax.ts'
import { dataAction } from '#authorization/decision.ts'
import { compilePermissions } from '#authorization/evaluate.ts'
import { compileRole } from '#authorization/role-definition.ts'
import { coversScope, parseScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { conditionMaker } from './authorization-condition-maker.ts'
import { randomSource } from './authorization-world.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
console.log(`condition fuzz seed: ${seed} (FUZZ_SEED=${seed} repeats this run)`)
const now = new Date('2026-11-22T00:00:00Z')

/** The one canonical spelling of what was read. */
function print(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.map((operand) => `(${print(operand)})`).join(` ${expression.kind.toUpperCase()} `)
    case 'not':
      return `NOT (${print(expression.operand)})`
    case 'action':
      return `ActionMatches{'${expression.pattern}'}`
    case 'exists':
      return `Exists ${expression.attribute}`
    case 'comparison': {
      const { left, quantifier, operator, right } = expression
      const isQuoted = operator.type === 'string'
      const name = quantifier === undefined ? operator.name : `${quantifier}:${operator.name}`
      return `${printOperand(left, isQuoted)} ${name} ${printOperand(right, isQuoted)}`
    }
  }
}

function printOperand(operand: Operand, isQuoted: boolean): string {
  if (operand.kind === 'attribute') return operand.name
  return `{${operand.values.map((value) => (isQuoted ? `'${value}'` : String(value))).join(', ')}}`
}

describe('random conditions', () => {
  test('mean what a brute-force evaluator says, in every spelling', () => {
    const maker = conditionMaker(randomSource(seed))
    const outcomes = { yes: 0, no: 0, unknown: 0 }
    for (let round = 0; round < 30_000; round++) {
      const { text, answer } = maker.condition()
      const facts = maker.facts()
      const expected = answer(facts)
      const found = compileCondition(text).holds({ ...facts, action: facts.action.toLowerCase(), now })
      if (found !== (expected === 'yes')) assert.fail(JSON.stringify({ seed, round, text, facts, expected, found }))
      outcomes[expected]++
    }
    console.log(`condition fuzz outcomes: ${JSON.stringify(outcomes)}`)
    // The conditions must not be so poor that one answer is always right.
    for (const count of Object.values(outcomes)) assert.ok(count > 1500, JSON.stringify(outcomes))
  })

  test('are read the same when printed and read again', () => {
    const maker = conditionMaker(randomSource(seed + 1))
    for (let round = 0; round < 10_000; round++) {
      const { text } = maker.condition()
      const read = parseCondition(text)
      const printed = print(read)
      assert.deepEqual(parseCondition(printed), read, JSON.stringify({ seed, round, text }))
      assert.equal(print(parseCondition(printed)), printed)
    }
  })

  test('with a piece cut out are refused as conditions or are conditions, and nothing else', () => {
    const maker = conditionMaker(randomSource(seed + 2))
    const random = randomSource(seed + 3)
    for (let round = 0; round < 10_000; round++) {
      const { text } = maker.condition()
      const from = Math.floor(random() * text.length)
      refusedOrRead(`${text.slice(0, from)}${text.slice(from + 1 + Math.floor(random() * 6))}`)
    }
  })

  test('that are no more than characters are refused as conditions', () => {
    const character = fc.constantFrom(..."(){},!&|'\\@[]:*?-0a ".split(''), 'AND', 'OR', '\n', 'é', '\u0000')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), (text) => refusedOrRead(text)),
      { seed, numRuns: 20_000 },
    )
  })
})

describe('assignments with random conditions', () => {
  test('allow what any one of them allows, asked again and again', () => {
    const maker = conditionMaker(randomSource(seed + 4))
    const random = randomSource(seed + 5)
    const below = (limit: number): number => Math.floor(random() * limit)
    const scopes = ['/', '/subscriptions/s', '/subscriptions/s/resourcegroups/g', '/subscriptions/s/resourcegroups/h']
    const principal = trustGuid<PrincipalId>('a0000000-0000-4000-8000-000000000000')
    const outcomes = { allow: 0, deny: 0 }
    for (let round = 0; round < 5000; round++) {
      const made = Array.from({ length: 1 + below(4) }, (_, at) => ({
        id: `assignment-${at}`,
        scope: scopes[below(scopes.length)] ?? '/',
        condition: random() < 0.8 ? maker.condition() : undefined,
        inRole: random() < 0.5 ? maker.condition() : undefined,
      }))
      const permissions = compilePermissions({
        tenant: trustGuid('99999999-9999-4999-8999-999999999999'),
        principal,
        state: 'enabled',
        groups: [],
        grants: made.map(({ id, scope, condition, inRole }) => ({
          assignmentId: id,
          principalId: principal,
          scope: parseScope(scope),
          role: compileRole([
            {
              actions: ['*'],
              notActions: [],
              dataActions: ['*'],
              notDataActions: [],
              ...(inRole === undefined ? {} : { condition: inRole.text }),
            },
          ]),
          condition: condition === undefined ? undefined : compileCondition(condition.text),
        })),
        denials: [],
        freshness: { generation: 1, epoch: 0 },
        clock: { now: () => now },
      })
      for (let call = 0; call < 4; call++) {
        const facts = maker.facts()
        const at = scopes[below(scopes.length)] ?? '/'
        const expected = made.some(
          ({ scope, condition, inRole }) =>
            coversScope(parseScope(scope), parseScope(at)) &&
            (condition?.answer(facts) ?? 'yes') === 'yes' &&
            (inRole?.answer(facts) ?? 'yes') === 'yes',
        )
        const found = permissions.permits(dataAction(facts.action), parseScope(at), facts.attributes)
        if (found !== expected) assert.fail(JSON.stringify({ seed, round, made, facts, at, expected }))
        outcomes[found ? 'allow' : 'deny']++
      }
    }
    for (const count of Object.values(outcomes)) assert.ok(count > 1000, JSON.stringify(outcomes))
  })
})

function refusedOrRead(text: string): void {
  try {
    parseCondition(text)
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, String(thrown))
    assert.deepEqual([thrown.kind, thrown.code], ['malformed', 'InvalidRoleAssignmentCondition'])
  }
}
