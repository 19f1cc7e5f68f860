import { ServiceError } from '#base/errors.ts'
import { type PrincipalId, tryParseGuid } from '#base/ids.ts'
import { isStorableText } from '#base/storable-text.ts'

/** What a role assignment list is narrowed to. Left out: at the scope, inherited from above, and below. */
export interface RoleAssignmentFilter {
  /** `atScope()`: at the scope and inherited from above, nothing below. */
  readonly atScope: boolean
  /** `principalId eq '…'`: assigned to this principal itself. */
  readonly principalId: PrincipalId | undefined
  /** `assignedTo('…')`: assigned to this principal or to a group it is in. */
  readonly assignedTo: PrincipalId | undefined
}

/** What a role definition list is narrowed to. */
export interface RoleDefinitionFilter {
  /** `roleName eq '…'`, in lower case: names compare without letter case. */
  readonly roleName: string | undefined
  readonly type: 'BuiltInRole' | 'CustomRole' | undefined
  /** `atScopeAndBelow()`: also custom roles that are assignable below the scope only. */
  readonly atScopeAndBelow: boolean
}

/** What a deny assignment list is narrowed to. */
export interface DenyAssignmentFilter {
  readonly atScope: boolean
  readonly principalId: PrincipalId | undefined
  /** `denyAssignmentName eq '…'`, in lower case. */
  readonly denyAssignmentName: string | undefined
}

/**
 * The `$filter` of a role assignment list, decoded. Throws `malformed` `InvalidFilter` for anything else than these terms
 * joined by `and`: a filter that was ignored would make a client act on the wrong principal.
 * Source: contracts/resource-manager-and-container-apps.md §4.2; contracts/real-captures.md §2.
 */
export function parseRoleAssignmentFilter(text: string | undefined): RoleAssignmentFilter {
  const terms = parseTerms(text, ['atscope()', 'principalid eq', 'assignedto()'])
  return {
    atScope: terms.has('atscope()'),
    principalId: principalIn(terms.get('principalid eq')),
    assignedTo: principalIn(terms.get('assignedto()')),
  }
}

/** The `$filter` of a role definition list. Throws `malformed` `InvalidFilter`. Source: same contract, §4.1. */
export function parseRoleDefinitionFilter(text: string | undefined): RoleDefinitionFilter {
  const terms = parseTerms(text, ['rolename eq', 'type eq', 'atscope()', 'atscopeandbelow()'])
  const type = terms.get('type eq')?.toLowerCase()
  if (type !== undefined && type !== 'builtinrole' && type !== 'customrole') throw invalidFilter()
  if (terms.has('atscope()') && terms.has('atscopeandbelow()')) throw invalidFilter()
  return {
    roleName: terms.get('rolename eq')?.toLowerCase(),
    type: type === undefined ? undefined : type === 'builtinrole' ? 'BuiltInRole' : 'CustomRole',
    atScopeAndBelow: terms.has('atscopeandbelow()'),
  }
}

/** The `$filter` of a deny assignment list. Throws `malformed` `InvalidFilter`. */
export function parseDenyAssignmentFilter(text: string | undefined): DenyAssignmentFilter {
  const terms = parseTerms(text, ['atscope()', 'principalid eq', 'denyassignmentname eq'])
  return {
    atScope: terms.has('atscope()'),
    principalId: principalIn(terms.get('principalid eq')),
    denyAssignmentName: terms.get('denyassignmentname eq')?.toLowerCase(),
  }
}

const maximumFilterLength = 2048
/** `name eq 'value'`, `name()` or `name('value')`; a quote inside a value is doubled. Every star has its own characters. */
const termPattern = /\s*([A-Za-z]+)(?:\s+(eq)\s+'((?:[^']|'')*)'|\s*\(\s*(?:'((?:[^']|'')*)'\s*)?\))\s*/iy
const andPattern = /and\s/iy

/** The terms by their kind (`principalid eq`, `atscope()`) with their value, '' where there is none; each at most once. */
function parseTerms(text: string | undefined, known: readonly string[]): ReadonlyMap<string, string> {
  const terms = new Map<string, string>()
  if (text === undefined || text.trim() === '') return terms
  if (text.length > maximumFilterLength || !isStorableText(text)) throw invalidFilter()
  for (let at = 0; ; ) {
    termPattern.lastIndex = at
    const term = termPattern.exec(text)
    if (term === null) throw invalidFilter()
    const [whole, name, comparison, compared, argument] = term
    const kind = `${name?.toLowerCase()}${comparison === undefined ? '()' : ' eq'}`
    const value = comparison === undefined ? argument : compared
    if (!known.includes(kind) || terms.has(kind)) throw invalidFilter()
    if ((value === undefined) !== valueless.has(kind)) throw invalidFilter()
    terms.set(kind, value?.replaceAll("''", "'") ?? '')
    at += whole.length
    if (at === text.length) return terms
    andPattern.lastIndex = at
    if (!andPattern.test(text)) throw invalidFilter()
    at = andPattern.lastIndex
  }
}

const valueless: ReadonlySet<string> = new Set(['atscope()', 'atscopeandbelow()'])

function principalIn(value: string | undefined): PrincipalId | undefined {
  if (value === undefined) return undefined
  const principal = tryParseGuid<PrincipalId>(value)
  if (principal === undefined) throw invalidFilter()
  return principal
}

function invalidFilter(): ServiceError {
  return new ServiceError(
    'malformed',
    'InvalidFilter',
    "The '$filter' is not one this list knows; it takes the documented terms, each at most once, joined by 'and'.",
    { target: '$filter' },
  )
}
