import { ServiceError } from '#base/errors.ts'
import type { Guid, TenantId } from '#base/ids.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { badParameter, type PageRequest } from './names.ts'

/** The list a page token is good for: nobody can carry it to another vault, operation or object. */
export interface PagedList {
  readonly tenant: TenantId
  readonly vault: Guid
  readonly operationId: string
  /** Canonical name of the object whose versions are listed; '' for lists of the vault. */
  readonly object: string
}

interface FetchedPage<Item> {
  readonly items: readonly Item[]
  readonly lastKey: string | undefined
}

interface LinkBase {
  readonly origin: string
  readonly apiVersion: string
}

/** A page as an answer shows it. */
export interface ListedPage<Item> {
  readonly items: readonly Item[]
  /** Absolute; undefined on the last page. */
  readonly nextLink: string | undefined
}

const longestToken = 1024

/**
 * One page of a list at `path`, with the address of the next. `fetch` gives at most `size` items after a key, '' for the first,
 * and the last key it looked at when there may be more. Throws `malformed` `BadParameter` for a token of another list.
 */
export async function listPage<Item>(
  { request, sealer }: { readonly request: LinkBase; readonly sealer: DomainSealer },
  { list, path, page }: { readonly list: PagedList; readonly path: string; readonly page: PageRequest },
  fetch: (bounds: { readonly after: string; readonly size: number }) => Promise<FetchedPage<Item>>,
): Promise<ListedPage<Item>> {
  const { size, token } = page
  const after = token === undefined ? '' : openPageToken(sealer, list, token)
  const { items, lastKey } = await fetch({ after, size })
  const nextLink =
    lastKey === undefined ? undefined : nextLinkOf(request, { path, size, token: sealPageToken(sealer, list, lastKey) })
  return { items, nextLink }
}

/** An opaque token for the page after `lastKey`: a key, not an offset, so that inserts neither repeat nor hide an item. */
export function sealPageToken(sealer: DomainSealer, list: PagedList, lastKey: string): string {
  return sealer.seal(Buffer.from(lastKey, 'utf8'), bindingOf(list)).toString('base64url')
}

/**
 * The key in a token that `sealPageToken` made for the same list. Throws `malformed` `BadParameter` for any other text: an
 * edited token, one of another list, and encodings that a lenient decoder would read alike.
 */
export function openPageToken(sealer: DomainSealer, list: PagedList, token: string): string {
  const bytes = token.length > longestToken ? undefined : Buffer.from(token, 'base64url')
  if (bytes === undefined || bytes.toString('base64url') !== token) throw invalidToken()
  try {
    return sealer.open(bytes, bindingOf(list)).toString('utf8')
  } catch (failure) {
    if (failure instanceof ServiceError && failure.code === 'SealBroken') throw invalidToken()
    throw failure
  }
}

/** The absolute address of the next page, on the origin that the client used: clients refuse any other. */
export function nextLinkOf(
  request: LinkBase,
  page: { readonly path: string; readonly size: number; readonly token: string },
): string {
  const apiVersion = encodeURIComponent(request.apiVersion)
  return `${request.origin}${page.path}?api-version=${apiVersion}&$skiptoken=${page.token}&maxresults=${page.size}`
}

function bindingOf(list: PagedList): readonly string[] {
  return [list.tenant, list.vault, 'page', list.object, '', list.operationId]
}

function invalidToken(): ServiceError {
  return badParameter("The parameter '$skiptoken' is invalid.", '$skiptoken')
}
