import pg from 'pg'
import type { SqlValue } from '../database.ts'

// Source: src/include/catalog/pg_type.dat of PostgreSQL.
const bool = 16
const int8 = 20

/**
 * How values come back: bigint as number, boolean as 0 or 1 as on SQLite, bytea as Buffer. An integer that a number cannot
 * hold exactly throws rather than being rounded.
 */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === int8) return parseInteger
      if (oid === bool) return parseBoolean
    }
    return pg.types.getTypeParser(oid, format)
  },
}

function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('An integer of the database is beyond 2^53.')
  return value
}

function parseBoolean(text: string): number {
  return text === 't' ? 1 : 0
}

/** Parameters as pg takes them: it wants an array of its own. Throws for a type that SQLite could not take. */
export function parseParameters(parameters: readonly unknown[]): SqlValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number') return value
    if (typeof value === 'bigint' || Buffer.isBuffer(value)) return value
    throw new TypeError('A query parameter is neither text, number, bytes nor null.')
  })
}
