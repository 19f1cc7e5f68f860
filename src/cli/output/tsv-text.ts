import { isObject } from '#base/json.ts'
import { pythonText, sortedEntries } from './python-text.ts'

/** Whether the members of an object stand in an order that the query chose; every other object's are sorted. */
export type KeepsOrder = (record: object) => boolean

/** A result as az prints tab-separated values: a line for each item; lists in a cell as their length, objects as nothing. */
export function tsvText(result: unknown, keepsOrder: KeepsOrder): string {
  const rows: readonly unknown[] = Array.isArray(result) ? result : [result]
  return rows.map((row) => `${tsvRow(row, keepsOrder)}\n`).join('')
}

function tsvRow(row: unknown, keepsOrder: KeepsOrder): string {
  if (Array.isArray(row)) return row.map(tsvCell).join('\t')
  if (isObject(row)) {
    const values = keepsOrder(row) ? Object.values(row) : sortedEntries(row).map(([, value]) => value)
    return values.map(tsvCell).join('\t')
  }
  return typeof row === 'boolean' ? String(row) : tsvCell(row)
}

function tsvCell(value: unknown): string {
  if (Array.isArray(value)) return String(value.length)
  return isObject(value) ? '' : pythonText(value)
}
