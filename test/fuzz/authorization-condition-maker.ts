/**
 * Random conditions in two forms: as text in one of many spellings, and as a tree that is evaluated in the plainest way. It shares
 * no code with the parser and evaluator it checks. Source: Azure, "Azure role assignment condition format and syntax".
 */

export type Truth = 'yes' | 'no' | 'unknown'
type Plain = string | number | boolean

export interface MadeCondition {
  readonly text: string
  /** The answer for these facts, with letter case of names as given. */
  readonly answer: (facts: MadeFacts) => Truth
}

export interface MadeFacts {
  readonly action: string
  readonly attributes: Readonly<Record<string, string>>
}

const actions = [
  'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  'Microsoft.Authorization/roleAssignments/write',
]
const actionPatterns = [...actions, 'Microsoft.KeyVault/vaults/secrets/*', '*', 'microsoft.authorization/*/write']
const nameAttributes = [
  '@Resource[Microsoft.KeyVault/vaults:name]',
  '@Resource[Microsoft.KeyVault/vaults/secrets:name]',
  '@Request[Microsoft.KeyVault/vaults/secrets:name]',
]
const guidAttributes = [
  '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]',
  '@Resource[Microsoft.Authorization/roleAssignments:PrincipalId]',
]
const texts = ['a', 'b', 'ab', 'ba', 'abc', '']
const patterns = ['a*', '*b', '?', 'a?', '*', 'ab', '**c', '']
const guids = ['acdd72a7-3385-48ef-bd42-f606fba81ae7', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635']
const quantifiers = ['ForAnyOfAnyValues', 'ForAllOfAnyValues', 'ForAnyOfAllValues', 'ForAllOfAllValues'] as const

const comparisons: Readonly<Record<string, (left: Plain, right: Plain) => boolean>> = {
  StringEquals: (left, right) => left === right,
  StringNotEquals: (left, right) => left !== right,
  StringEqualsIgnoreCase: (left, right) => lower(left) === lower(right),
  StringStartsWith: (left, right) => String(left).indexOf(String(right)) === 0,
  StringNotStartsWith: (left, right) => String(left).indexOf(String(right)) !== 0,
  StringEndsWith: (left, right) => String(right) === '' || String(left).slice(-String(right).length) === right,
  StringContains: (left, right) => String(left).split(String(right)).length > 1 || right === '',
  StringLike: (left, right) => like(String(left), String(right)),
  StringNotLike: (left, right) => !like(String(left), String(right)),
  StringLikeIgnoreCase: (left, right) => like(lower(left), lower(right)),
  GuidEquals: (left, right) => left === right,
  GuidNotEquals: (left, right) => left !== right,
  NumericEquals: (left, right) => Number(left) === Number(right),
  NumericGreaterThan: (left, right) => Number(left) > Number(right),
  NumericLessThanEquals: (left, right) => Number(left) <= Number(right),
  BoolEquals: (left, right) => left === right,
}
const operatorNames = Object.keys(comparisons)

const opposite: Readonly<Record<Truth, Truth>> = { yes: 'no', no: 'yes', unknown: 'unknown' }

function lower(value: Plain): string {
  return String(value).toLowerCase()
}

function like(text: string, pattern: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return like(text, pattern.slice(1)) || (text !== '' && like(text.slice(1), pattern))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && like(text.slice(1), pattern.slice(1))
}

export interface ConditionMaker {
  readonly condition: () => MadeCondition
  readonly facts: () => MadeFacts
}

export function conditionMaker(random: () => number): ConditionMaker {
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[below(list.length)]
    if (picked === undefined) throw new RangeError('an empty list')
    return picked
  }
  const anyCase = (text: string): string => pick([text, text, text.toLowerCase(), text.toUpperCase()])
  const space = (): string => pick(['', ' ', '  ', '\n', '\t \r\n'])
  const gap = (): string => pick([' ', '\n', ' \t'])
  /** As written, in any letter case, with spaces where there may be some. */
  const spelled = (attribute: string): string => anyCase(attribute).replace('[', `${space()}[${pick(['', ' '])}`)

  const valueFor = (operator: string): Plain => {
    if (operator.startsWith('Guid')) return pick(guids)
    if (operator.startsWith('Numeric')) return below(5) - 2
    if (operator.startsWith('Bool')) return random() < 0.5
    return operator.includes('Like') ? pick(patterns) : pick(texts)
  }
  const print = (operator: string, value: Plain): string => {
    if (operator.startsWith('String')) return `'${value}'`
    return operator.startsWith('Guid') && random() < 0.3
      ? anyCase(String(value).replaceAll('-', ''))
      : anyCase(String(value))
  }
  const attributeFor = (operator: string): string | undefined => {
    if (operator.startsWith('String')) return pick(nameAttributes)
    return operator.startsWith('Guid') ? pick(guidAttributes) : undefined
  }

  function comparison(): MadeCondition {
    const operator = pick(operatorNames)
    const quantifier = random() < 0.5 ? pick(quantifiers) : undefined
    const attribute = random() < 0.8 ? attributeFor(operator) : undefined
    const some = (): readonly Plain[] =>
      Array.from({ length: 1 + (quantifier ? below(3) : 0) }, () => valueFor(operator))
    const list = (values: readonly Plain[]) =>
      `{${space()}${values.map((value) => print(operator, value)).join(`${space()},${space()}`)}${space()}}`
    const left = some()
    const right = some()
    const [first] = right
    const rightText =
      right.length === 1 && first !== undefined && random() < 0.5
        ? `${gap()}${print(operator, first)}`
        : `${space()}${list(right)}`
    const name = quantifier === undefined ? operator : `${quantifier}:${operator}`
    const leftText = attribute === undefined ? list(left) : spelled(attribute)
    const holds = comparisons[operator]
    if (holds === undefined) throw new RangeError(operator)
    return {
      text: `${leftText}${space()}${anyCase(name)}${rightText}`,
      answer({ attributes }) {
        const known =
          attribute === undefined ? left : attributes[attribute] === undefined ? undefined : [attributes[attribute]]
        if (known === undefined) return 'unknown'
        const rows = known.map((one) => right.map((other) => holds(one, other)))
        const perLeft = rows.map((row) =>
          quantifier?.endsWith('AllValues') ? !row.includes(false) : row.includes(true),
        )
        const all = quantifier?.startsWith('ForAll') ? !perLeft.includes(false) : perLeft.includes(true)
        return all ? 'yes' : 'no'
      },
    }
  }

  function guard(): MadeCondition {
    const pattern = pick(actionPatterns)
    return {
      text: `${anyCase('ActionMatches')}${space()}{${space()}'${anyCase(pattern)}'${space()}}`,
      answer: ({ action }) => (like(lower(action), lower(pattern)) ? 'yes' : 'no'),
    }
  }

  function existence(): MadeCondition {
    const attribute = pick([...nameAttributes, ...guidAttributes])
    return {
      text: `${anyCase('Exists')}${gap()}${spelled(attribute)}`,
      answer: ({ attributes }) => (attributes[attribute] === undefined ? 'no' : 'yes'),
    }
  }

  function negation(depth: number): MadeCondition {
    const { text, answer } = expression(depth - 1)
    return {
      text: `${pick(['!', '! ', `${anyCase('NOT')} `])}(${space()}${text}${space()})`,
      answer: (facts) => opposite[answer(facts)],
    }
  }

  function joint(depth: number): MadeCondition {
    const isAnd = random() < 0.5
    const parts = Array.from({ length: 2 + below(2) }, () => expression(depth - 1))
    const sign = () => (isAnd ? pick([` ${anyCase('AND')} `, '&&']) : pick([` ${anyCase('OR')} `, '||', '\n||\n']))
    const [first, ...others] = parts.map(({ text }) => `(${space()}${text}${space()})`)
    return {
      text: others.reduce((sum, text) => `${sum}${sign()}${text}`, first ?? ''),
      answer(facts) {
        const answers = parts.map(({ answer }) => answer(facts))
        const decisive = isAnd ? 'no' : 'yes'
        if (answers.includes(decisive)) return decisive
        return answers.includes('unknown') ? 'unknown' : isAnd ? 'yes' : 'no'
      },
    }
  }

  function expression(depth: number): MadeCondition {
    const kind = depth <= 0 ? below(5) : below(9)
    if (kind < 3) return comparison()
    if (kind === 3) return guard()
    if (kind === 4) return existence()
    return kind < 7 ? joint(depth) : negation(depth)
  }

  return {
    condition: () => expression(3),
    facts: () => ({
      action: pick(actions),
      attributes: Object.fromEntries([
        ...nameAttributes.filter(() => random() < 0.7).map((name) => [name, pick(texts)]),
        ...guidAttributes.filter(() => random() < 0.7).map((name) => [name, pick(guids)]),
      ]),
    }),
  }
}
