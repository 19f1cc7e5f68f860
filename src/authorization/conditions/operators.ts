import { matchesLike } from './like-pattern.ts'

/** A text or GUID, a whole number or a time in ticks of 100 ns since 1970, or a truth value. */
export type Value = string | bigint | boolean

export type ValueType = 'string' | 'number' | 'boolean' | 'dateTime' | 'guid'

type StringOperation = 'Equals' | 'StartsWith' | 'Like' | 'EndsWith' | 'Contains'
type Order = 'Equals' | 'NotEquals' | 'GreaterThan' | 'GreaterThanEquals' | 'LessThan' | 'LessThanEquals'

/** The comparison operators by Azure's names. */
export type OperatorName =
  | `String${'' | 'Not'}${StringOperation}`
  | `String${'' | 'Not'}${'Equals' | 'StartsWith' | 'Like'}IgnoreCase`
  | `${'Numeric' | 'DateTime'}${Order}`
  | `${'Bool' | 'Guid'}${'' | 'Not'}Equals`

export interface Operator {
  readonly name: OperatorName
  readonly type: ValueType
  /** The right side is a pattern with `*` and `?`. */
  readonly takesPattern: boolean
  /** Whether it holds between two values of its type; `ignoreCase` leaves letter case out of account. */
  holds(left: Value, right: Value, ignoreCase: boolean): boolean
}

const stringTests: Readonly<Record<StringOperation, (left: string, right: string) => boolean>> = {
  Equals: (left, right) => left === right,
  StartsWith: (left, right) => left.startsWith(right),
  EndsWith: (left, right) => left.endsWith(right),
  Contains: (left, right) => left.includes(right),
  Like: matchesLike,
}

const orders: Readonly<Record<Order, (left: Value, right: Value) => boolean>> = {
  Equals: (left, right) => left === right,
  NotEquals: (left, right) => left !== right,
  GreaterThan: (left, right) => left > right,
  GreaterThanEquals: (left, right) => left >= right,
  LessThan: (left, right) => left < right,
  LessThanEquals: (left, right) => left <= right,
}

function stringOperators(operation: StringOperation, hasIgnoringForm: boolean): readonly Operator[] {
  const holds = stringTests[operation]
  const make = (name: OperatorName, wanted: boolean, ignores: boolean): Operator => ({
    name,
    type: 'string',
    takesPattern: operation === 'Like',
    holds: (left, right, ignoreCase) => {
      const folded = ignores || ignoreCase
      const one = folded ? String(left).toLowerCase() : String(left)
      const other = folded ? String(right).toLowerCase() : String(right)
      return holds(one, other) === wanted
    },
  })
  const plain = [make(`String${operation}`, true, false), make(`StringNot${operation}`, false, false)]
  if (!hasIgnoringForm || operation === 'EndsWith' || operation === 'Contains') return plain
  return [
    ...plain,
    make(`String${operation}IgnoreCase`, true, true),
    make(`StringNot${operation}IgnoreCase`, false, true),
  ]
}

function ordered(name: OperatorName, type: ValueType, order: Order): Operator {
  return { name, type, takesPattern: false, holds: orders[order] }
}

const everyOrder: readonly Order[] = [
  'Equals',
  'NotEquals',
  'GreaterThan',
  'GreaterThanEquals',
  'LessThan',
  'LessThanEquals',
]

/**
 * Every comparison operator. Source: Azure, "Azure role assignment condition format and syntax"; EndsWith and Contains:
 * Azure, "Actions and attributes for Azure Key Vault ABAC conditions".
 */
const operators: readonly Operator[] = [
  ...stringOperators('Equals', true),
  ...stringOperators('StartsWith', true),
  ...stringOperators('Like', true),
  ...stringOperators('EndsWith', false),
  ...stringOperators('Contains', false),
  ...everyOrder.map((order) => ordered(`Numeric${order}`, 'number', order)),
  ...everyOrder.map((order) => ordered(`DateTime${order}`, 'dateTime', order)),
  ordered('BoolEquals', 'boolean', 'Equals'),
  ordered('BoolNotEquals', 'boolean', 'NotEquals'),
  ordered('GuidEquals', 'guid', 'Equals'),
  ordered('GuidNotEquals', 'guid', 'NotEquals'),
]

const byLowerCase: ReadonlyMap<string, Operator> = new Map(
  operators.map((operator) => [operator.name.toLowerCase(), operator]),
)

/** The operator of this name in any letter case, or undefined. */
export function findOperator(name: string): Operator | undefined {
  return byLowerCase.get(name.toLowerCase())
}

/** How many pairs of a left and a right value must hold: any or all left values, with any or all right ones. */
export const quantifiers = ['ForAnyOfAnyValues', 'ForAllOfAnyValues', 'ForAnyOfAllValues', 'ForAllOfAllValues'] as const
export type Quantifier = (typeof quantifiers)[number]

/** The quantifier of this name in any letter case, or undefined. */
export function findQuantifier(name: string): Quantifier | undefined {
  return quantifiers.find((quantifier) => quantifier.toLowerCase() === name.toLowerCase())
}
