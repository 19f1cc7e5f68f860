import { CommandError } from './command-error.ts'

export const outputFormats = ['json', 'tsv', 'table', 'none'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** How a result is to be printed. Query results keep the order of their keys; plain results are sorted, as az does. */
export interface Presentation {
  readonly format: OutputFormat
  readonly queried: boolean
  /** Columns of the table, where a command has its own. */
  readonly table?: (result: unknown) => readonly Readonly<Record<string, unknown>>[]
}

/** The text of a command's result in one of az's output formats, with its final line feed; '' for `none`. */
export function renderResult(result: unknown, presentation: Presentation): string {
  switch (presentation.format) {
    case 'none':
      return ''
    case 'json':
      return result === undefined ? '' : `${JSON.stringify(sortKeys(result), null, 2)}\n`
    case 'tsv':
      return renderTsv(result, presentation.queried)
    case 'table':
      return renderTable(result, presentation)
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  )
}

/** Scalars as Python prints them: az writes `True` in tables and cells, and `true` for a lone boolean in tsv. */
function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function renderTsv(result: unknown, queried: boolean): string {
  if (result === undefined || result === null) return ''
  const rows = Array.isArray(result) ? result : [result]
  return rows.map((row) => `${tsvRow(row, queried)}\n`).join('')
}

function tsvRow(row: unknown, queried: boolean): string {
  if (Array.isArray(row)) return row.map(tsvCell).join('\t')
  if (isRecord(row))
    return (queried ? Object.keys(row) : Object.keys(row).sort()).map((key) => tsvCell(row[key])).join('\t')
  return typeof row === 'boolean' ? String(row) : tsvCell(row)
}

function tsvCell(value: unknown): string {
  if (Array.isArray(value)) return String(value.length)
  if (isRecord(value)) return ''
  return scalarText(value)
}

const columnsNeverShown: ReadonlySet<string> = new Set(['id', 'type', 'etag'])

/** az's tables make a column at least two wider than its header. */
const headerPadding = 2

function renderTable(result: unknown, presentation: Presentation): string {
  if (result === undefined || result === null) return ''
  const own = presentation.queried ? undefined : presentation.table
  const items: readonly unknown[] = own === undefined ? (Array.isArray(result) ? result : [result]) : own(result)
  const rows = items.map((item) => tableRow(item, !presentation.queried && own === undefined))
  if (rows.length === 0) return '\n'
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  if (columns.length === 0)
    throw new CommandError('Table output is not available for this result. Use --query to choose columns.', 1)
  const widths = columns.map((column) =>
    Math.max(column.length + headerPadding, ...rows.map((row) => (row.get(column) ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const ruler = widths.map((width) => '-'.repeat(width)).join('  ')
  return `${[line(columns), ruler, ...rows.map((row) => line(columns.map((column) => row.get(column) ?? '')))].join('\n')}\n`
}

function tableRow(item: unknown, sorted: boolean): Map<string, string> {
  const row = new Map<string, string>()
  if (isRecord(item)) {
    const keys = sorted ? Object.keys(item).sort() : Object.keys(item)
    for (const key of keys) {
      const value = item[key]
      if (columnsNeverShown.has(key) || value === null || value === undefined || typeof value === 'object') continue
      row.set(key.charAt(0).toUpperCase() + key.slice(1), scalarText(value))
    }
  } else if (Array.isArray(item)) {
    for (const [at, value] of item.entries()) row.set(`Column${at + 1}`, scalarText(value))
  } else row.set('Result', scalarText(item))
  return row
}
