import { tryParseGuid } from '#base/ids.ts'
import { conditionProblem } from './condition-problem.ts'
import type { Operator, Value } from './operators.ts'
import type { Token } from './tokens.ts'

const wholeNumber = /^-?\d{1,18}$/
const undashedGuid = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i
const dateTime = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?Z$/
const ticksPerMillisecond = 10_000n

/** The value of a token for an operator. Throws `malformed` `InvalidRoleAssignmentCondition` when it is of another type. */
export function readLiteral(token: Token, operator: Operator): Value {
  const value = tryReadLiteral(token, operator)
  if (value !== undefined) return value
  throw conditionProblem(`${operator.name} compares with ${expected[operator.type]}.`, token.at)
}

const expected = {
  string: "text in quotes, 'like this'; a backslash in it stands only before a backslash, a quote, * or ?",
  number: 'whole numbers',
  boolean: 'true or false',
  dateTime: "a UTC time in quotes, 'yyyy-mm-ddThh:mm:ss.fffffffZ'",
  guid: 'GUIDs',
} as const

function tryReadLiteral(token: Token, operator: Operator): Value | undefined {
  if (token.kind !== 'string' && token.kind !== 'word') return undefined
  const { text } = token
  const isQuoted = token.kind === 'string'
  switch (operator.type) {
    case 'string':
      return isQuoted ? readText(text, operator.takesPattern) : undefined
    case 'number':
      return !isQuoted && wholeNumber.test(text) ? BigInt(text) : undefined
    case 'boolean':
      return isQuoted ? undefined : truthValues.get(text.toLowerCase())
    case 'dateTime':
      return isQuoted ? tryReadTicks(text) : undefined
    case 'guid':
      return tryParseGuid(text.replace(undashedGuid, '$1-$2-$3-$4-$5'))
  }
}

const truthValues: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** A pattern keeps its escapes, for they say which stars are stars. */
function readText(written: string, isPattern: boolean): string | undefined {
  if (/\\[^*?\\']/s.test(written.replaceAll('\\\\', ''))) return undefined
  return isPattern ? written : written.replace(/\\(.)/gs, '$1')
}

function tryReadTicks(text: string): bigint | undefined {
  const [, seconds, fraction = ''] = dateTime.exec(text) ?? []
  const milliseconds = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`)
  // The engine rolls 31 February over into March; what comes back must be what was written.
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(`${seconds}`)) return undefined
  return BigInt(milliseconds) * ticksPerMillisecond + BigInt(fraction.padEnd(7, '0'))
}

/** A time as conditions compare it. */
export function ticksOf(time: Date): bigint {
  return BigInt(time.getTime()) * ticksPerMillisecond
}
