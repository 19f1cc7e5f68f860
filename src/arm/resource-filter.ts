import { ServiceError } from '#base/errors.ts'
import { isStorableText } from '#base/storable-text.ts'
import type { Tags } from './tracked-resource.ts'

/** What `$filter` of a resource list asks for; names and types in lower case. */
export interface ResourceFilter {
  readonly resourceType?: string
  readonly name?: string
  readonly resourceGroup?: string
  readonly location?: string
  /** In lower case: tag names are compared without regard to it, values are not. */
  readonly tagName?: string
  readonly tagValue?: string
  /** What the name of a tag begins with, in lower case. */
  readonly tagPrefix?: string
}

const termPattern =
  /^\s*(?:\(\s*)?(resourceType|name|resourceGroup|location|tagName|tagValue)\s+eq\s+'((?:[^']|'')*)'\s*\)?\s*/i

const prefixPattern = /^\s*startswith\(\s*tagName\s*,\s*'((?:[^']|'')*)'\s*\)\s*/i

const fieldNames: Readonly<Record<string, keyof ResourceFilter>> = {
  resourcetype: 'resourceType',
  name: 'name',
  resourcegroup: 'resourceGroup',
  location: 'location',
  tagname: 'tagName',
  tagvalue: 'tagValue',
}

/**
 * Terms `field eq 'text'` and `startswith(tagName, 'text')` joined by `and`. Throws `malformed` `InvalidFilterInQueryString` for anything else: a filter that
 * were ignored would make a client take the wrong resource.
 */
export function parseResourceFilter(text: string | undefined): ResourceFilter {
  if (text === undefined || text.trim() === '') return {}
  if (!isStorableText(text)) throw invalidFilter()
  const filter: { -readonly [Field in keyof ResourceFilter]: string } = {}
  let rest = text
  for (;;) {
    const prefix = prefixPattern.exec(rest)
    const term = prefix ?? termPattern.exec(rest)
    const field = prefix === null ? fieldNames[term?.[1]?.toLowerCase() ?? ''] : 'tagPrefix'
    if (term === null || field === undefined || filter[field] !== undefined) throw invalidFilter()
    const value = (term[prefix === null ? 2 : 1] ?? '').replaceAll("''", "'")
    filter[field] = field === 'tagValue' ? value : value.toLowerCase()
    rest = rest.slice(term[0].length)
    if (rest === '') return filter
    const and = /^and\s+/i.exec(rest)
    if (and === null) throw invalidFilter()
    rest = rest.slice(and[0].length)
  }
}

/** Whether a resource or group with these tags is asked for. */
export function matchesTags({ tagName, tagValue, tagPrefix }: ResourceFilter, tags: Tags): boolean {
  const named = Object.entries(tags).filter(
    ([name]) =>
      (tagName === undefined || name.toLowerCase() === tagName) &&
      (tagPrefix === undefined || name.toLowerCase().startsWith(tagPrefix)),
  )
  if (tagValue !== undefined) return named.some(([, value]) => value === tagValue)
  return (tagName === undefined && tagPrefix === undefined) || named.length > 0
}

function invalidFilter(): ServiceError {
  return new ServiceError(
    'malformed',
    'InvalidFilterInQueryString',
    "Invalid $filter. It must be terms such as resourceType eq 'Microsoft.KeyVault/vaults', joined by 'and'.",
    { target: '$filter' },
  )
}
