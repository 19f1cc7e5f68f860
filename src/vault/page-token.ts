import { ServiceError } from '#base/errors.ts'
import type { Guid, TenantId } from '#base/ids.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { badParameter } from './names.ts'

/** The list a page token is good for: nobody can carry it to another vault, operation or object. */
export interface PagedList {
  readonly tenant: TenantId
  readonly vault: Guid
  readonly operationId: string
  /** Canonical name of the object whose versions are listed; '' for lists of the vault. */
  readonly object: string
}

const longestToken = 1024

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
  request: { readonly origin: string; readonly apiVersion: string },
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
