import { type ActionPattern, compileActionPattern } from '../action-pattern.ts'
import { type AttributeName, type Attributes, attributeTypes } from './attributes.ts'
import { ticksOf } from './literals.ts'
import type { Quantifier, Value } from './operators.ts'
import { parseCondition } from './parse-condition.ts'
import type { Expression, Operand } from './syntax.ts'

/** The version of the condition language; there is no other. */
export const conditionVersion = '2.0'

/** What a condition is asked about. */
export interface ConditionFacts {
  /** The action's name in lower case. */
  readonly action: string
  readonly attributes: Attributes
  readonly now: Date
}

/** A condition, read once and ready to be asked. */
export interface Condition {
  /** As it was written. */
  readonly text: string
  /** Whether it is fulfilled. Does no I/O. */
  holds(facts: ConditionFacts): boolean
}

/**
 * Compiles a condition of version 2.0. Throws `malformed` `InvalidRoleAssignmentCondition`, see `parseCondition`.
 *
 * A comparison with an attribute that the call does not have is neither true nor false; negating it changes nothing, and a
 * condition that stays undecided is not fulfilled. Letter case counts, as in Azure, but the names of vaults and secrets have
 * none: a condition on them must be fulfilled both as written and with letter case left out of account, so that no spelling of a
 * name slips past `StringNotStartsWith`.
 */
export function compileCondition(text: string): Condition {
  const expression = parseCondition(text)
  const ask = compile(expression)
  const namesMatter = asksForNames(expression)
  return {
    text,
    holds: (facts) =>
      ask({ ...facts, ignoreCase: false }) === true && (!namesMatter || ask({ ...facts, ignoreCase: true }) === true),
  }
}

interface Question extends ConditionFacts {
  /** Whether letter case is left out of account where names are compared. */
  readonly ignoreCase: boolean
}

/** True, false, or undefined: what would decide it is not known. */
type Test = (question: Question) => boolean | undefined

function compile(expression: Expression): Test {
  switch (expression.kind) {
    case 'and':
      return compileJoint(expression.operands.map(compile), false)
    case 'or':
      return compileJoint(expression.operands.map(compile), true)
    case 'not':
      return negate(compile(expression.operand))
    case 'action':
      return compileActionTest(compileActionPattern(expression.pattern))
    case 'exists':
      return (question) => valuesOf(expression.attribute, question) !== undefined
    case 'comparison':
      return compileComparison(expression)
  }
}

/** `decisive` is the answer that settles it alone: false for AND, true for OR. */
function compileJoint(tests: readonly Test[], decisive: boolean): Test {
  return (question) => {
    let answer: boolean | undefined = !decisive
    for (const test of tests) {
      const one = test(question)
      if (one === decisive) return decisive
      if (one === undefined) answer = undefined
    }
    return answer
  }
}

function negate(test: Test): Test {
  return (question) => {
    const answer = test(question)
    return answer === undefined ? undefined : !answer
  }
}

function compileActionTest(pattern: ActionPattern): Test {
  return ({ action }) => pattern.matches(action)
}

function compileComparison(expression: Expression & { readonly kind: 'comparison' }): Test {
  const { left, operator, right, quantifier = 'ForAnyOfAnyValues' } = expression
  const comparesNames = [left, right].some(isName)
  return (question) => {
    const one = sideOf(left, question)
    const other = sideOf(right, question)
    if (one === undefined || other === undefined) return undefined
    const ignoreCase = comparesNames && question.ignoreCase
    return quantify(quantifier, one, (value) => other.map((against) => operator.holds(value, against, ignoreCase)))
  }
}

function quantify(
  quantifier: Quantifier,
  left: readonly Value[],
  against: (value: Value) => readonly boolean[],
): boolean {
  const isTrue = (answer: boolean): boolean => answer
  switch (quantifier) {
    case 'ForAnyOfAnyValues':
      return left.some((value) => against(value).some(isTrue))
    case 'ForAllOfAnyValues':
      return left.every((value) => against(value).some(isTrue))
    case 'ForAnyOfAllValues':
      return left.some((value) => against(value).every(isTrue))
    case 'ForAllOfAllValues':
      return left.every((value) => against(value).every(isTrue))
  }
}

function sideOf(operand: Operand, question: Question): readonly Value[] | undefined {
  return operand.kind === 'values' ? operand.values : valuesOf(operand.name, question)
}

function valuesOf(name: AttributeName, { attributes, now }: Question): readonly Value[] | undefined {
  if (name === '@Environment[UtcNow]') return [ticksOf(now)]
  const value = attributes[name]
  return value === undefined ? undefined : [value]
}

function isName(operand: Operand): boolean {
  return operand.kind === 'attribute' && attributeTypes[operand.name] === 'name'
}

function asksForNames(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.some(asksForNames)
    case 'not':
      return asksForNames(expression.operand)
    case 'action':
    case 'exists':
      return false
    case 'comparison':
      return isName(expression.left) || isName(expression.right)
  }
}
