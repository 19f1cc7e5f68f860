import { compileActionPattern } from '../action-pattern.ts'
import { type AttributeName, attributeTypes, conditionalActions, findAttribute } from './attributes.ts'
import { conditionProblem } from './condition-problem.ts'
import { readLiteral } from './literals.ts'
import { findOperator, findQuantifier, type Operator, type Quantifier } from './operators.ts'
import type { Expression, Operand } from './syntax.ts'
import { readTokens, type Token } from './tokens.ts'

/** Azure's limit, in characters. */
export const maximumConditionLength = 8192
const maximumDepth = 64
const maximumPatternLength = 512

/**
 * Reads a condition of version 2.0 and checks every name and value in it.
 *
 * Keywords, functions, operators and attributes are found in any letter case. `NOT` binds closest; `AND` and `OR` side by
 * side need parentheses, for Azure calls their order ambiguous. Throws `malformed` `InvalidRoleAssignmentCondition` for what
 * is too long, is not of the grammar, names an unknown function, operator or attribute, compares values of different types,
 * or guards an action that conditions say nothing about.
 * Source: Azure, "Azure role assignment condition format and syntax"; contracts/key-vault.md §7.
 */
export function parseCondition(text: string): Expression {
  if (text.length > maximumConditionLength) {
    throw conditionProblem(`It has more than ${maximumConditionLength} characters.`)
  }
  return new ConditionParser(readTokens(text)).parse()
}

/** What a comparison asks of its two sides. */
interface Relation {
  readonly quantifier: Quantifier | undefined
  readonly operator: Operator
}

class ConditionParser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const expression = this.#readExpression()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw conditionProblem('AND, OR or the end is expected here.', rest.at)
    return expression
  }

  #readExpression(): Expression {
    const first = this.#readOperand()
    const joint = this.#peek()
    if (joint.kind !== 'and' && joint.kind !== 'or') return first
    const operands = [first]
    for (;;) {
      const { kind, at } = this.#peek()
      if (kind !== 'and' && kind !== 'or') return { kind: joint.kind, operands }
      if (kind !== joint.kind) throw conditionProblem('AND and OR side by side need parentheses.', at)
      this.#take()
      operands.push(this.#readOperand())
    }
  }

  #readOperand(): Expression {
    const token = this.#peek()
    if (token.kind === 'not') {
      this.#take()
      return this.#within(token, () => ({ kind: 'not', operand: this.#readOperand() }))
    }
    if (token.kind === '(') {
      this.#take()
      return this.#within(token, () => {
        const expression = this.#readExpression()
        this.#expect(')')
        return expression
      })
    }
    if (token.kind === 'word') return this.#readFunction(token)
    if (token.kind === 'attribute' || token.kind === '{') return this.#readComparison()
    throw conditionProblem(
      'a parenthesis, NOT, ActionMatches, Exists, an attribute or a list is expected here.',
      token.at,
    )
  }

  /** Nesting is bounded before it is followed. */
  #within(token: Token, read: () => Expression): Expression {
    if (++this.#depth > maximumDepth) {
      throw conditionProblem(`it is nested more than ${maximumDepth} deep.`, token.at)
    }
    const expression = read()
    this.#depth--
    return expression
  }

  #readFunction(token: Token & { kind: 'word' }): Expression {
    this.#take()
    switch (token.text.toLowerCase()) {
      case 'actionmatches':
        return this.#readActionMatches()
      case 'exists':
        return { kind: 'exists', attribute: this.#readAttribute() }
      case 'suboperationmatches':
        throw conditionProblem('no action here has suboperations.', token.at)
      default:
        throw conditionProblem(`'${token.text.slice(0, 64)}' is no function.`, token.at)
    }
  }

  #readActionMatches(): Expression {
    this.#expect('{')
    const token = this.#take()
    const pattern = token.kind === 'string' ? token.text : ''
    if (pattern.length > maximumPatternLength || !actionCharacters.test(pattern)) {
      throw conditionProblem("ActionMatches takes the name of an action in quotes; '*' is any text.", token.at)
    }
    this.#expect('}')
    const compiled = compileActionPattern(pattern)
    if (!guardableActions.some((name) => compiled.matches(name))) {
      throw conditionProblem('no action that takes conditions has this name.', token.at)
    }
    return { kind: 'action', pattern }
  }

  #readComparison(): Expression {
    // What stands on the left is read for its place first: its type is the operator's, which comes after it.
    const start = this.#next
    this.#skipOperand()
    const relation = this.#readOperator()
    const afterOperator = this.#next
    this.#next = start
    const left = this.#readSide(relation, 'left')
    this.#next = afterOperator
    return { kind: 'comparison', left, ...relation, right: this.#readSide(relation, 'right') }
  }

  #skipOperand(): void {
    const first = this.#take()
    if (first.kind !== '{') return
    for (;;) {
      const { kind, at } = this.#take()
      if (kind === '}') return
      if (kind !== 'string' && kind !== 'word' && kind !== ',')
        throw conditionProblem("',' or '}' is expected here.", at)
    }
  }

  #readOperator(): Relation {
    const token = this.#take()
    if (token.kind !== 'word') throw conditionProblem('an operator is expected here.', token.at)
    const [first = '', second, ...more] = token.text.split(':')
    const quantifier = second === undefined ? undefined : findQuantifier(first)
    const operator = findOperator(second ?? first)
    if (operator === undefined || more.length > 0 || (second !== undefined && quantifier === undefined)) {
      throw conditionProblem(`'${token.text.slice(0, 64)}' is no operator.`, token.at)
    }
    return { quantifier, operator }
  }

  #readSide({ quantifier, operator }: Relation, side: 'left' | 'right'): Operand {
    const token = this.#peek()
    if (token.kind === 'attribute') {
      const name = this.#readAttribute()
      const isPattern = operator.takesPattern && side === 'right'
      if (isPattern || comparedAs[attributeTypes[name]] !== operator.type) {
        throw conditionProblem(`${operator.name} cannot compare this attribute.`, token.at)
      }
      return { kind: 'attribute', name }
    }
    if (token.kind !== '{') return { kind: 'values', values: [readLiteral(this.#take(), operator)] }
    const values = this.#readList((element) => readLiteral(element, operator))
    if (values.length > 1 && quantifier === undefined) {
      throw conditionProblem(`several values need a quantifier, such as ForAnyOfAnyValues:${operator.name}.`, token.at)
    }
    return { kind: 'values', values }
  }

  #readList<T>(read: (token: Token) => T): readonly T[] {
    this.#expect('{')
    const elements = [read(this.#take())]
    for (;;) {
      const { kind, at } = this.#take()
      if (kind === '}') return elements
      if (kind !== ',') throw conditionProblem("',' or '}' is expected here.", at)
      elements.push(read(this.#take()))
    }
  }

  #readAttribute(): AttributeName {
    const token = this.#take()
    if (token.kind !== 'attribute') throw conditionProblem('an attribute is expected here.', token.at)
    const name = findAttribute(token.source, token.path)
    if (name === undefined) {
      throw conditionProblem(
        `'@${token.source}[${token.path.slice(0, 128)}]' is no attribute that is known here.`,
        token.at,
      )
    }
    return name
  }

  #expect(kind: Token['kind']): void {
    const token = this.#take()
    if (token.kind !== kind) throw conditionProblem(`'${kind}' is expected here.`, token.at)
  }

  #peek(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1)
    return token ?? { kind: 'end', at: 0 }
  }

  #take(): Token {
    const token = this.#peek()
    this.#next++
    return token
  }
}

const actionCharacters = /^[A-Za-z0-9.*_/-]+$/
const guardableActions = [...conditionalActions.data, ...conditionalActions.control].map((name) => name.toLowerCase())
const comparedAs = { name: 'string', string: 'string', guid: 'guid', dateTime: 'dateTime' } as const
