import { parseScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { isStorableText } from '#base/storable-text.ts'
import type { ActivityFilter } from '../../activity-store.ts'

const termPattern = /^\s*([A-Za-z]{1,40})\s+(ge|le|eq)\s+(?:'((?:[^']|'')*)'|([0-9A-Za-z:.+-]+))\s*/i
const timePattern = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i

const terms: Readonly<Record<string, (value: string) => ActivityFilter>> = {
  'eventtimestamp ge': (value) => ({ from: parseTime(value) }),
  'eventtimestamp le': (value) => ({ until: parseTime(value) }),
  'resourcegroupname eq': (value) => ({ resourceGroup: parseGroupName(value) }),
  'resourceuri eq': (value) => ({ resource: parseResource(value) }),
  'resourceid eq': (value) => ({ resource: parseResource(value) }),
  'resourceprovider eq': (value) => ({ provider: value.toLowerCase() }),
  'correlationid eq': (value) => ({ correlationId: value.toLowerCase() }),
  'caller eq': (value) => ({ caller: value }),
  'status eq': (value) => ({ status: value.toLowerCase() }),
}

/**
 * The `$filter` of the activity log: terms joined by `and`, times with or without quotation marks, as az and the SDKs send
 * them. Throws `malformed` `InvalidFilterInQueryString` for anything else: an ignored term would show the wrong events.
 */
export function parseActivityFilter(text: string | undefined): ActivityFilter {
  let filter: ActivityFilter = {}
  let rest = text?.trim() ?? ''
  if (!isStorableText(rest)) throw invalidFilter()
  while (rest !== '') {
    const term = termPattern.exec(rest)
    const parse = terms[`${term?.[1]} ${term?.[2]}`.toLowerCase()]
    if (term === null || parse === undefined) throw invalidFilter()
    const parsed = parse(term[3]?.replaceAll("''", "'") ?? term[4] ?? '')
    if (Object.keys(parsed).some((field) => Object.hasOwn(filter, field))) throw invalidFilter()
    filter = { ...filter, ...parsed }
    rest = rest.slice(term[0].length)
    if (rest === '') break
    const and = /^and\s+/i.exec(rest)
    if (and === null) throw invalidFilter()
    rest = rest.slice(and[0].length)
  }
  return filter
}

/** Times without a zone are UTC. */
function parseTime(text: string): Date {
  if (!timePattern.test(text)) throw invalidFilter()
  const hasZone = /(?:Z|[+-]\d{2}:\d{2})$/i.test(text.slice(10))
  const time = new Date(text.length > 10 && !hasZone ? `${text}Z` : text)
  if (Number.isNaN(time.getTime())) throw invalidFilter()
  return time
}

function parseResource(text: string): Scope {
  try {
    return parseScope(text)
  } catch {
    throw invalidFilter()
  }
}

function parseGroupName(text: string): string {
  const [name, ...more] = parseResource(text).segments
  if (name === undefined || more.length > 0) throw invalidFilter()
  return name
}

function invalidFilter(): ServiceError {
  return new ServiceError(
    'malformed',
    'InvalidFilterInQueryString',
    "Invalid $filter. It must be terms such as eventTimestamp ge '2026-11-01T00:00:00Z' and resourceGroupName eq 'rg1'.",
    { target: '$filter' },
  )
}
