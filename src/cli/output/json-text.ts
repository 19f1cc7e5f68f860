import { isObject } from '#base/json.ts'
import { sortedEntries } from './python-text.ts'

const step = '  '

/**
 * A result as az prints JSON: keys sorted, two blanks a level, characters outside ASCII as they are. No final line feed.
 * Written out by hand, for objects cannot keep keys such as `10` and `9` in az's order.
 */
export function jsonText(value: unknown, paint: Paint = plain): string {
  return write(value, '', paint)
}

/** What a piece of JSON is, for colours. */
export type Paint = (kind: 'key' | 'text' | 'number' | 'word', piece: string) => string

const plain: Paint = (_kind, piece) => piece

/** The colours of az's `jsonc` on a terminal. */
export const terminalColours: Paint = (kind, piece) => `\u001b[${colours[kind]}m${piece}\u001b[39;49;00m`

const colours = { key: 94, text: 33, number: 34, word: 34 } as const

function write(value: unknown, indent: string, paint: Paint): string {
  const inner = indent + step
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + write(item, inner, paint)).join(',\n')}\n${indent}]`
  }
  if (isObject(value)) {
    const members = sortedEntries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => `${inner}${paint('key', JSON.stringify(key))}: ${write(member, inner, paint)}`)
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`
  }
  const kind = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'word'
  return paint(kind, JSON.stringify(value ?? null))
}
