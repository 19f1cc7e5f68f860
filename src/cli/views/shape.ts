import { isObject } from '#base/json.ts'

/**
 * What az shows of an answer: az reads answers into models whose members are all printed, absent ones as null, and whose order a
 * query's table keeps. `value` is shown as it came, `time` as Python writes times, a shape as an object, `[shape]` as a list.
 */
export interface Shape {
  readonly [member: string]: Member
}

export type Member = 'value' | 'time' | Shape | readonly [Shape]

/** An answer as az shows it through a shape; null for one that is absent. */
export function showAs(shape: Shape, answer: unknown): Readonly<Record<string, unknown>> | null {
  if (!isObject(answer)) return null
  return Object.fromEntries(Object.entries(shape).map(([name, member]) => [name, showMember(member, answer[name])]))
}

/** Every answer of a list as az shows it. */
export function showAllAs(shape: Shape, answers: readonly unknown[]): readonly unknown[] {
  return answers.map((answer) => showAs(shape, answer))
}

function showMember(member: Member, value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (member === 'value') return value
  if (member === 'time') return typeof value === 'string' ? pythonTime(value) : value
  if (!isShapeList(member)) return showAs(member, value)
  const [shape] = member
  return Array.isArray(value) ? value.map((item) => showAs(shape, item)) : value
}

function isShapeList(member: Shape | readonly [Shape]): member is readonly [Shape] {
  return Array.isArray(member)
}

const timePattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)$/

/** An ISO time as Python's `isoformat()` writes it: six digits of a second or none, `+00:00`. */
export function pythonTime(text: string): string {
  const found = timePattern.exec(text)
  if (found === null) return text
  const [, seconds = '', fraction = ''] = found
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  return `${seconds}${/^0*$/.test(micros) ? '' : `.${micros}`}+00:00`
}
