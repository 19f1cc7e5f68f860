import { isObject } from '#base/json.ts'

/** How az, a Python program, writes scalars and orders keys. wire: cannot change, scripts read its output. */

/** Python's `str()`: `None`, `True`, `False`, numbers and texts as they are, `[1, 'a']` and `{'k': None}` for what holds more. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : representation(value)
}

function representation(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(representation).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, member]) => `${quoted(key)}: ${representation(member)}`)
  return `{${members.join(', ')}}`
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}

/** The characters of a text as Python counts them: code points, not UTF-16 units. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(text)
}

/** The members of an object in Python's order of their names: by code point, where JavaScript's own is by UTF-16 unit. */
export function sortedEntries(record: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(record).sort(([one], [other]) => compareCodePoints(one, other))
}

function compareCodePoints(one: string, other: string): number {
  const [left, right] = [charactersOf(one), charactersOf(other)]
  for (const [at, character] of left.entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
