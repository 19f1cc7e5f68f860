import { existsSync, readFileSync } from 'node:fs'
import { isObject } from '#base/json.ts'
import { CommandError } from './command-error.ts'

/** An object of an answer that commands change and send back. */
export type JsonRecord = Record<string, unknown>

/** A copy of the object at a member, or an empty one when there is none. */
export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord {
  const found = memberAt(value, ...path)
  return isObject(found) ? { ...found } : {}
}

/** The value at a member of members; undefined when one of them is no object. */
export function memberAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (isObject(found) ? found[name] : undefined), value)
}

/** The objects of a list at a member; empty when there is none. */
export function recordsAt(value: unknown, ...path: readonly string[]): readonly JsonRecord[] {
  const found = memberAt(value, ...path)
  return Array.isArray(found) ? found.filter((item) => isObject(item)).map((item) => ({ ...item })) : []
}

/** The text at a member, '' when there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = memberAt(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The JSON object that an option gives: as text, or in a file. Throws `CommandError` (2) for anything else. */
export function jsonOption(text: string, name: string): JsonRecord {
  const json = existsSync(text) ? readFileSync(text, 'utf8') : text
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (cause) {
    throw new CommandError(`--${name} takes a JSON object, or a file that holds one.`, 2, { cause })
  }
  if (!isObject(parsed)) throw new CommandError(`--${name} takes a JSON object, or a file that holds one.`, 2)
  return { ...parsed }
}
