import { ServiceError } from '#base/errors.ts'
import { type PrincipalId, tryParseGuid } from '#base/ids.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { unsupportedQuery } from './errors.ts'

const defaultPageSize = 100
const maximumPageSize = 999

/** What every list takes besides a filter. */
export interface PageRequest {
  readonly after: PrincipalId | undefined
  readonly size: number
}

/** One page of a list that is ordered by id, and the id after which the next one starts. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: PrincipalId | undefined
}

/** Options that choose or order objects. One that were ignored would make a client take the wrong ones. */
const refusedOptions = ['$search', '$orderby', '$expand', '$count', '$skip', '$apply'] as const

/** Refuses what is not served. Throws `malformed` `Request_UnsupportedQuery`. */
export function refuseUnservedOptions(request: OperationRequest): void {
  for (const option of refusedOptions) {
    const value = request.query.get(option)
    if (value !== undefined && !(option === '$count' && value === 'false')) {
      throw unsupportedQuery(`The query option '${option}' is not supported.`, option)
    }
  }
}

/** The page in `$top` and `$skiptoken`. Throws `Request_UnsupportedQuery` or `Directory_ExpiredPageToken`. */
export function parsePage(request: OperationRequest): PageRequest {
  refuseUnservedOptions(request)
  const token = request.query.get('$skiptoken')
  return { after: token === undefined ? undefined : parseSkipToken(token), size: parseTop(request.query.get('$top')) }
}

function parseTop(text: string | undefined): number {
  if (text === undefined) return defaultPageSize
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (size >= 1 && size <= maximumPageSize) return size
  const message = `Invalid page size specified. Must be between 1 and ${maximumPageSize} inclusive.`
  throw unsupportedQuery(message, '$top')
}

function parseSkipToken(token: string): PrincipalId {
  const after = tryParseGuid<PrincipalId>(token)
  if (after !== undefined) return after
  throw new ServiceError(
    'malformed',
    'Directory_ExpiredPageToken',
    'The specified page token value has expired and can no longer be included in your request.',
    { target: '$skiptoken' },
  )
}

/** Fills a page from `fetch`, which is asked for one row more than the page holds. */
export async function readPage<Row extends { readonly id: PrincipalId }>(
  page: PageRequest,
  fetch: (limit: number) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const found = await fetch(page.size + 1)
  const rows = found.slice(0, page.size)
  return { rows, next: found.length > page.size ? rows.at(-1)?.id : undefined }
}

/** The absolute address of the next page, on the origin that the client used, with the options it gave. */
export function nextLink(request: OperationRequest, path: string, next: PrincipalId | undefined): string | undefined {
  if (next === undefined) return undefined
  const query = new URLSearchParams()
  for (const name of ['$filter', '$select', '$top']) {
    const value = request.query.get(name)
    if (value !== undefined) query.set(name, value)
  }
  query.set('$skiptoken', next)
  return `${request.origin}${path}?${query.toString()}`
}
