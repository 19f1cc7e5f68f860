import { isObject } from '#base/json.ts'
import { CommandError } from './command-error.ts'

type AuditRecord = Readonly<Record<string, unknown>>

/** The columns of `audit tail --output table`, with the widths that `--follow` prints them in. */
export const auditColumns = [
  { name: 'Time', width: 28 },
  { name: 'Operation', width: 20 },
  { name: 'Status', width: 6 },
  { name: 'Decision', width: 8 },
  { name: 'Caller', width: 36 },
  { name: 'Resource', width: 0 },
] as const

type AuditColumn = (typeof auditColumns)[number]['name']

/** One row of the table: who did what to what, when, and whether it was let through. */
export function rowOfAuditRecord(record: AuditRecord): Readonly<Record<AuditColumn, string>> {
  const claims = at(at(record, 'identity'), 'claim')
  const properties = at(record, 'properties')
  const own = at(record, 'strongroom')
  return {
    Time: text(record, 'time'),
    Operation: text(record, 'operationName'),
    Status: text(properties, 'httpStatusCode'),
    Decision: text(own, 'decision'),
    Caller: text(claims, 'upn') || text(claims, 'appid') || text(claims, 'oid') || text(own, 'principal'),
    Resource: text(properties, 'id') || text(record, 'resourceId'),
  }
}

function at(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function text(value: unknown, name: string): string {
  const member = at(value, name)
  return typeof member === 'string' || typeof member === 'number' ? String(member) : ''
}

const topLevelFields: ReadonlySet<string> = new Set([
  'time',
  'operationName',
  'resultDescription',
  'correlationId',
  'callerIpAddress',
  'resourceId',
  'operationVersion',
  'resultSignature',
])
const shortFields: ReadonlyMap<string, string> = new Map([
  ['status', 'properties.httpStatusCode'],
  ['id', 'properties.id'],
  ['requestUri', 'properties.requestUri'],
  ['appid', 'identity.claim.appid'],
  ['oid', 'identity.claim.oid'],
  ['upn', 'identity.claim.upn'],
  ...[
    'surface',
    'operation',
    'decision',
    'reason',
    'principal',
    'tenant',
    'action',
    'scope',
    'assignmentId',
    'version',
    'lane',
    'sequence',
  ].map((name) => [name, `strongroom.${name}`] as const),
])

/**
 * `KEY=VALUE` terms with each short field name replaced by its place in a record; dotted paths are taken as they are.
 * Throws `CommandError` (2) for a name that no record has, for such a filter would look like an empty log.
 */
export function expandFilterTerms(terms: readonly string[]): readonly string[] {
  return terms.map((term) => {
    const equals = term.indexOf('=')
    const name = term.slice(0, Math.max(equals, 0))
    const path = shortFields.get(name)
    if (path !== undefined) return path + term.slice(equals)
    if (topLevelFields.has(name) || name.includes('.')) return term
    const known = [...topLevelFields, ...shortFields.keys()].sort().join(', ')
    throw new CommandError(`--filter takes KEY=VALUE with one of these keys, or a dotted path: ${known}.`, 2)
  })
}
