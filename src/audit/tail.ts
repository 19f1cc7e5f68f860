import { setTimeout as delay } from 'node:timers/promises'
import { ServiceError } from '#base/errors.ts'
import { isObject } from '#base/json.ts'
import type { LogSource } from './log-source.ts'

/** One record as it stands in the log. */
export interface TailedRecord {
  readonly lane: number
  readonly sequence: number
  /** The exact line. */
  readonly line: string
  /** The line, parsed. */
  readonly record: Readonly<Record<string, unknown>>
}

export type TailFilter = (record: Readonly<Record<string, unknown>>) => boolean

export interface TailOptions {
  readonly filter?: TailFilter
  /** Goes on with records as they come, until `signal` aborts. Default: ends with the last record. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
  /** Only the last so many records of each lane that are there at the start. Default: all. */
  readonly last?: number
  /** The pause between looks for new records; default 500 ms. */
  readonly pause?: (signal: AbortSignal | undefined) => Promise<unknown>
}

/** The records of a log, lane by lane and in the order of each lane. Checks no hash and no signature: `verifyLog` does. */
export async function* tailRecords(source: LogSource, options: TailOptions = {}): AsyncGenerator<TailedRecord> {
  const pause = options.pause ?? ((signal) => delay(500, undefined, { signal }).catch(() => undefined))
  const next = new Map<number, number>()
  for (const lane of options.last === undefined ? [] : await source.lanes()) {
    next.set(lane, Math.max(0, (await countRecords(source, lane)) - (options.last ?? 0)))
  }
  for (;;) {
    if (isAborted(options.signal)) return
    for (const lane of await source.lanes()) {
      const from = next.get(lane) ?? 0
      for await (const group of source.groups(lane, from)) {
        for (const [at, leaf] of group.leaves.entries()) {
          const sequence = group.firstIndex + at
          if (sequence < from) continue
          next.set(lane, sequence + 1)
          const line = leaf.toString('utf8')
          const record = parseLine(line)
          if (options.filter === undefined || options.filter(record)) yield { lane, sequence, line, record }
        }
        if (isAborted(options.signal)) return
      }
    }
    if (options.follow !== true) return
    await pause(options.signal)
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

async function countRecords(source: LogSource, lane: number): Promise<number> {
  let count = 0
  for await (const group of source.groups(lane, 0)) count = group.firstIndex + group.leaves.length
  return count
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(line)
    if (isObject(parsed)) return parsed
  } catch {
    // Told below, as for any line that is no object.
  }
  throw new ServiceError('internal', 'AuditLogBroken', 'A record of the audit log is not JSON; run audit verify.')
}

/**
 * A filter from `NAME=VALUE` terms, all of which must hold. NAME is a member or a dotted path (`operationName`,
 * `properties.httpStatusCode`, `strongroom.principal`); values are compared as text, without regard to letter case.
 * Throws `malformed` / `InvalidParameter` for a term without `=`.
 */
export function parseTailFilter(terms: readonly string[]): TailFilter {
  const wanted = terms.map((term) => {
    const equals = term.indexOf('=')
    if (equals < 1) {
      throw new ServiceError(
        'malformed',
        'InvalidParameter',
        'A filter is NAME=VALUE, such as operationName=SecretGet.',
        { target: 'filter' },
      )
    }
    return { path: term.slice(0, equals).split('.'), value: term.slice(equals + 1).toLowerCase() }
  })
  return (record) => wanted.every(({ path, value }) => memberText(record, path)?.toLowerCase() === value)
}

function memberText(record: Readonly<Record<string, unknown>>, path: readonly string[]): string | undefined {
  let member: unknown = record
  for (const name of path) {
    if (!isObject(member) || !Object.hasOwn(member, name)) return undefined
    member = member[name]
  }
  return typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean'
    ? String(member)
    : undefined
}
