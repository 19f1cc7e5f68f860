import { isObject } from '#base/json.ts'
import { charactersOf, pythonText, sortedEntries } from './python-text.ts'

const columnsNeverShown: ReadonlySet<string> = new Set(['id', 'type', 'etag'])

/** az's tables make a column at least two wider than its header. */
const headerPadding = 2

export interface TableRules {
  /** Whether columns stand in the order of their names; else in the order in which the rows have them. */
  readonly sorted: boolean
  /** Whether the columns `id`, `type` and `etag` are shown too. */
  readonly showsIds?: boolean
}

/**
 * A result as az prints a table: a header, a ruler and a line for each item; members that are objects, lists or null are not
 * shown. A line feed alone when there is nothing to show.
 */
export function tableText(result: unknown, rules: TableRules): string {
  const items: readonly unknown[] = Array.isArray(result) ? result : [result]
  const rows = items.map((item) => tableRow(item, rules))
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  if (columns.length === 0) return '\n'
  const cells = rows.map((row) => columns.map((column) => (row.get(column) ?? '').split('\n').map(trimmed)))
  const widths = columns.map((column, at) =>
    Math.max(
      lengthOf(column) + headerPadding,
      ...cells.flatMap((row) => (row[at] ?? []).map((line) => lengthOf(line))),
    ),
  )
  const ruler = widths.map((width) => '-'.repeat(width)).join('  ')
  return `${[joined(columns, widths), ruler, ...cells.flatMap((row) => linesOf(row, widths))].join('\n')}\n`
}

/** The lines of one row; a cell that holds line feeds takes several. */
function linesOf(row: readonly (readonly string[])[], widths: readonly number[]): readonly string[] {
  const height = Math.max(...row.map((cell) => cell.length))
  return Array.from({ length: height }, (_, line) =>
    joined(
      row.map((cell) => cell[line] ?? ''),
      widths,
    ),
  )
}

function joined(texts: readonly string[], widths: readonly number[]): string {
  return texts
    .map((text, at) => text + ' '.repeat(Math.max(0, (widths[at] ?? 0) - lengthOf(text))))
    .join('  ')
    .trimEnd()
}

function lengthOf(text: string): number {
  return charactersOf(text).length
}

function trimmed(text: string): string {
  return text.trim()
}

function tableRow(item: unknown, rules: TableRules): Map<string, string> {
  const row = new Map<string, string>()
  if (isObject(item)) {
    for (const [key, value] of rules.sorted ? sortedEntries(item) : Object.entries(item)) {
      if (value === null || value === undefined || typeof value === 'object') continue
      if (rules.showsIds === true || !columnsNeverShown.has(key)) row.set(capitalized(key), pythonText(value))
    }
  } else if (Array.isArray(item)) {
    for (const [at, value] of item.entries()) row.set(`Column${at + 1}`, cellText(value))
  } else row.set('Result', cellText(item))
  return row
}

function capitalized(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1)
}

function cellText(value: unknown): string {
  return value === null || value === undefined ? '' : pythonText(value)
}
