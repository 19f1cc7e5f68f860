import type { Freshness, Statement } from '../database.ts'

/** A statement that gives the tenant's counters and its rows from one state of the database, in one round trip. */
export interface GatedStatement {
  readonly name: string
  /** Takes the statement's own parameters and then the tenant. */
  readonly text: string
}

/** The columns before the statement's own: generation, epoch, and whether this is a row at all. */
const gateColumns = 3

/**
 * Wraps a SELECT so that its first columns are the tenant's counters. The one-row gate is the outer side of the only join
 * there can be (a nested loop), so the order of the rows is kept; without rows there is one row that is not present.
 */
export function gateStatement(statement: Statement<unknown>): GatedStatement {
  let parameters = 0
  for (const [, digits] of statement.sql.matchAll(/\$(\d+)/g)) parameters = Math.max(parameters, Number(digits))
  return {
    name: statement.name,
    text: `WITH freshness_gate AS (SELECT generation, epoch FROM tenant WHERE id = $${parameters + 1})
SELECT freshness_gate.generation, freshness_gate.epoch, found.* FROM freshness_gate
LEFT JOIN (SELECT 1 AS present, statement_rows.* FROM (${statement.sql}) AS statement_rows) AS found ON true`,
  }
}

/** The counters of a gated result, or undefined without such a tenant. */
export function parseGate(rows: readonly (readonly unknown[])[]): Freshness | undefined {
  const row = rows[0]
  if (row === undefined) return undefined
  return { generation: Number(row[0]), epoch: Number(row[1]) }
}

/** The statement's own rows of a gated result. That they have the shape `Row` is the statement's promise. */
export function parseRows<Row>(
  rows: readonly (readonly unknown[])[],
  fields: readonly { readonly name: string }[],
): readonly Row[] {
  const parsed: Row[] = []
  for (const values of rows) {
    if (values[gateColumns - 1] === null) return parsed
    const row: Record<string, unknown> = {}
    for (let at = gateColumns; at < fields.length; at++) row[fields[at]?.name ?? ''] = values[at]
    parsed.push(row as Row)
  }
  return parsed
}
