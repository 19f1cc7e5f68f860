import { isObject } from '#base/json.ts'
import { jsonText, terminalColours } from './json-text.ts'
import type { OutputFormat } from './output-formats.ts'
import { tableText } from './table-text.ts'
import { tsvText } from './tsv-text.ts'
import { yamlText } from './yaml-text.ts'

/** The rows of a command's own table, in the order of their columns. */
export type TableRows = (result: unknown) => unknown

/** How a result is to be printed. */
export interface Presentation {
  readonly format: OutputFormat
  /** Whether `result` is what a query found in `source`. */
  readonly queried: boolean
  readonly source?: unknown
  /** Columns of the table, where a command has its own. A query replaces them. */
  readonly table?: TableRows
  /** Whether the table shows members called `id` too, which az leaves out elsewhere. */
  readonly tableShowsIds?: boolean
  /** Whether stdout is a terminal that shows colours. */
  readonly coloured?: boolean
}

/**
 * The text of a command's result in one of az's output formats, with its final line feed; '' for `none` and for a command or a
 * query without a result.
 */
export function renderResult(result: unknown, presentation: Presentation): string {
  if (result === undefined || result === null) return ''
  switch (presentation.format) {
    case 'none':
      return ''
    case 'json':
      return `${jsonText(result)}\n`
    case 'jsonc':
      return `${presentation.coloured === true ? jsonText(result, terminalColours) : jsonText(result)}\n`
    case 'yaml':
    case 'yamlc':
      return yamlText(result)
    case 'tsv':
      return tsvText(result, keepsOrder(presentation))
    case 'table': {
      const own = presentation.queried ? undefined : presentation.table
      return tableText(own === undefined ? result : own(result), {
        sorted: !presentation.queried && own === undefined,
        showsIds: own !== undefined && presentation.tableShowsIds === true,
      })
    }
  }
}

/** Objects that the query itself put together keep their order; those that it only found in the result are sorted. */
function keepsOrder(presentation: Presentation): (record: object) => boolean {
  if (!presentation.queried) return () => false
  const found = new Set<object>()
  collect(presentation.source, found)
  return (record) => !found.has(record)
}

function collect(value: unknown, found: Set<object>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found)
  else if (isObject(value)) {
    found.add(value)
    for (const member of Object.values(value)) collect(member, found)
  }
}
