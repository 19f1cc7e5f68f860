import { ServiceError } from '#base/errors.ts'
import { isStorableText } from '#base/storable-text.ts'

/** What `$filter` of a resource list asks for; names and types in lower case. */
export interface ResourceFilter {
  readonly resourceType?: string
  readonly name?: string
  readonly resourceGroup?: string
  readonly location?: string
  readonly tagName?: string
  readonly tagValue?: string
}

const termPattern =
  /^\s*\(?\s*(resourceType|name|resourceGroup|location|tagName|tagValue)\s+eq\s+'((?:[^']|'')*)'\s*\)?\s*/i

const fieldNames: Readonly<Record<string, keyof ResourceFilter>> = {
  resourcetype: 'resourceType',
  name: 'name',
  resourcegroup: 'resourceGroup',
  location: 'location',
  tagname: 'tagName',
  tagvalue: 'tagValue',
}

/**
 * Terms `field eq 'text'` joined by `and`. Throws `malformed` `InvalidFilterInQueryString` for anything else: a filter that
 * were ignored would make a client take the wrong resource.
 */
export function parseResourceFilter(text: string | undefined): ResourceFilter {
  if (text === undefined || text.trim() === '') return {}
  if (!isStorableText(text)) throw invalidFilter()
  const filter: { -readonly [Field in keyof ResourceFilter]: string } = {}
  let rest = text
  for (;;) {
    const term = termPattern.exec(rest)
    const field = fieldNames[term?.[1]?.toLowerCase() ?? '']
    if (term === null || field === undefined || filter[field] !== undefined) throw invalidFilter()
    const value = (term[2] ?? '').replaceAll("''", "'")
    filter[field] = field === 'tagName' || field === 'tagValue' ? value : value.toLowerCase()
    rest = rest.slice(term[0].length)
    if (rest === '') return filter
    const and = /^and\s+/i.exec(rest)
    if (and === null) throw invalidFilter()
    rest = rest.slice(and[0].length)
  }
}

function invalidFilter(): ServiceError {
  return new ServiceError(
    'malformed',
    'InvalidFilterInQueryString',
    "Invalid $filter. It must be terms such as resourceType eq 'Microsoft.KeyVault/vaults', joined by 'and'.",
    { target: '$filter' },
  )
}
