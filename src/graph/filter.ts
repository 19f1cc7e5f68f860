import { ServiceError } from '#base/errors.ts'
import { isStorableText } from '#base/storable-text.ts'
import type { PrincipalCondition } from '#directory/principal-search.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { unsupportedQuery } from './errors.ts'

/** The collections that can be filtered, by their name in the path. */
export type Collection = 'users' | 'groups' | 'servicePrincipals'

type Comparison = 'eq' | 'startswith' | 'any'

const eq: readonly Comparison[] = ['eq']
const text: readonly Comparison[] = ['eq', 'startswith']

interface Filterable {
  readonly property: PrincipalCondition['property']
  readonly by: readonly Comparison[]
}

const ofAll = { id: { property: 'id', by: eq }, displayname: { property: 'displayName', by: text } } as const

/** What each collection can be filtered by; names in lower case. */
const filterable: Readonly<Record<Collection, Readonly<Record<string, Filterable>>>> = {
  users: {
    ...ofAll,
    userprincipalname: { property: 'userPrincipalName', by: text },
    accountenabled: { property: 'enabled', by: eq },
  },
  groups: { ...ofAll, mailnickname: { property: 'mailNickname', by: text } },
  servicePrincipals: {
    ...ofAll,
    appid: { property: 'clientId', by: eq },
    serviceprincipalnames: { property: 'clientId', by: ['any'] },
    serviceprincipaltype: { property: 'servicePrincipalType', by: eq },
    accountenabled: { property: 'enabled', by: eq },
  },
}

const maximumFilterLength = 4096
const quoted = "'((?:[^']|'')*)'"
/** `name eq 'text'`, `name eq true`, `startswith(name,'text')`, `names/any(x:x eq 'text')`. */
const termPattern = new RegExp(
  `\\s*(?:startswith\\(\\s*([A-Za-z]+)\\s*,\\s*${quoted}\\s*\\)|([A-Za-z]+)/any\\(\\s*([A-Za-z]+)\\s*:\\s*([A-Za-z]+)\\s+eq\\s+${quoted}\\s*\\)|([A-Za-z]+)\\s+eq\\s+(?:${quoted}|(true|false)))\\s*`,
  'iy',
)
const andPattern = /and\s/iy

/**
 * The `$filter` of a list. Throws `malformed` `BadRequest` for what is no filter, `Request_UnsupportedQuery` for a property or
 * comparison that is not served. Source: contracts/identity.md §6.
 */
export function parseFilter(request: OperationRequest, collection: Collection): readonly PrincipalCondition[] {
  const filter = request.query.get('$filter')
  if (filter === undefined || filter.trim() === '') return []
  if (filter.length > maximumFilterLength || !isStorableText(filter)) throw invalidFilter()
  const conditions: PrincipalCondition[] = []
  for (let at = 0; ; ) {
    termPattern.lastIndex = at
    const term = termPattern.exec(filter)
    if (term === null) throw invalidFilter()
    conditions.push(conditionOf(readTerm(term), collection))
    at = termPattern.lastIndex
    if (at === filter.length) return conditions
    andPattern.lastIndex = at
    if (!andPattern.test(filter)) throw invalidFilter()
    at = andPattern.lastIndex
  }
}

interface Term {
  readonly name: string
  readonly comparison: Comparison
  readonly value: string | boolean
}

function readTerm(term: RegExpExecArray): Term {
  const [, prefixed, prefix, collection, variable, compared, element, name, value, truth] = term
  if (prefixed !== undefined) return { name: prefixed, comparison: 'startswith', value: unquote(prefix) }
  if (collection !== undefined) {
    if (variable !== compared) throw invalidFilter()
    return { name: collection, comparison: 'any', value: unquote(element) }
  }
  return {
    name: name ?? '',
    comparison: 'eq',
    value: truth === undefined ? unquote(value) : truth.toLowerCase() === 'true',
  }
}

function unquote(value: string | undefined): string {
  return (value ?? '').replaceAll("''", "'")
}

function conditionOf({ name, comparison, value }: Term, collection: Collection): PrincipalCondition {
  const known = filterable[collection]
  const found = Object.hasOwn(known, name.toLowerCase()) ? known[name.toLowerCase()] : undefined
  const isServed = found?.by.includes(comparison) && (found.property === 'enabled') === (typeof value === 'boolean')
  if (found === undefined || !isServed) {
    throw unsupportedQuery(`Unsupported or invalid query filter clause specified for property '${name}'.`, '$filter')
  }
  const { property } = found
  switch (property) {
    case 'enabled':
      return { property, match: 'equals', text: value === true ? 'true' : 'false' }
    case 'id':
    case 'clientId':
    case 'servicePrincipalType':
      return { property, match: 'equals', text: String(value) }
    case 'displayName':
    case 'userPrincipalName':
    case 'mailNickname':
      return { property, match: comparison === 'startswith' ? 'startsWith' : 'equals', text: String(value) }
  }
}

function invalidFilter(): ServiceError {
  return new ServiceError('malformed', 'BadRequest', 'Invalid filter clause.', { target: '$filter' })
}
