import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import { isStorableText } from '#base/storable-text.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { ListPosition, TrackedResource } from './tracked-resource.ts'

const defaultPageSize = 100
const maximumPageSize = 1000
/** Rows read at once while a page is filled with those that the caller may see. */
const batchSize = 200

/** Where a list starts and how much of it is asked for. */
export interface PageRequest {
  readonly after: ListPosition | undefined
  readonly size: number
}

/** One page: what the caller may see, and the place after which the next one starts. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: ListPosition | undefined
}

/** Where a resource stands in a list of its type. */
export function positionOf({ address }: Pick<TrackedResource, 'address'>): ListPosition {
  return { resourceGroup: canonicalName(address.resourceGroup), name: canonicalName(address.name) }
}

/** The page in `$top` and `$skiptoken`. Throws `malformed` `InvalidTopParameter` or `InvalidSkipToken`. */
export function parsePage(request: OperationRequest): PageRequest {
  const top = request.query.get('$top')
  const token = request.query.get('$skiptoken')
  return {
    after: token === undefined ? undefined : parseSkipToken(token),
    size: top === undefined ? defaultPageSize : parseTop(top),
  }
}

function parseTop(text: string): number {
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (size < 1)
    throw new ServiceError('malformed', 'InvalidTopParameter', "'$top' must be a positive whole number.", {
      target: '$top',
    })
  return Math.min(size, maximumPageSize)
}

function parseSkipToken(token: string): ListPosition {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (Array.isArray(position) && position.length === 2) {
      const [resourceGroup, name]: unknown[] = position
      if (isStorable(resourceGroup) && isStorable(name)) return { resourceGroup, name }
    }
  } catch {
    // falls through to the one refusal
  }
  throw invalidSkipToken()
}

/** The refusal of a page token that was edited. `malformed` `InvalidSkipToken`. */
export function invalidSkipToken(): ServiceError {
  return new ServiceError('malformed', 'InvalidSkipToken', "'$skiptoken' must come from a nextLink.", {
    target: '$skiptoken',
  })
}

/** What is no text that a row can have is compared with none. */
function isStorable(part: unknown): part is string {
  return typeof part === 'string' && isStorableText(part)
}

/**
 * Fills a page with the rows that `isVisible` lets through. The token names only rows that the caller has seen, so it
 * gives away nothing of those it may not.
 */
export async function collectPage<Row>(
  page: PageRequest,
  rows: {
    readonly fetch: (after: ListPosition | undefined, limit: number) => Promise<readonly Row[]>
    readonly positionOf: (row: Row) => ListPosition
    readonly isVisible: (row: Row) => boolean
  },
): Promise<Page<Row>> {
  const seen: Row[] = []
  let after = page.after
  for (;;) {
    const batch = await rows.fetch(after, batchSize)
    for (const row of batch) {
      if (!rows.isVisible(row)) continue
      const last = seen.at(-1)
      if (seen.length === page.size && last !== undefined) return { rows: seen, next: rows.positionOf(last) }
      seen.push(row)
    }
    const end = batch.at(-1)
    if (batch.length < batchSize || end === undefined) return { rows: seen, next: undefined }
    after = rows.positionOf(end)
  }
}

/**
 * The absolute URL of the next page. It repeats api-version and what was asked for, for clients do not add them, and starts with the
 * origin that the client used, for az takes the token's audience from it.
 */
export function nextLink(request: OperationRequest, path: string, next: ListPosition | undefined): string | undefined {
  if (next === undefined) return undefined
  const query = new URLSearchParams({ 'api-version': request.apiVersion })
  for (const name of ['$filter', '$top', '$expand', '$select']) {
    const value = request.query.get(name)
    if (value !== undefined) query.set(name, value)
  }
  query.set('$skiptoken', Buffer.from(JSON.stringify([next.resourceGroup, next.name]), 'utf8').toString('base64url'))
  return `${request.origin}${path}?${query.toString()}`
}
