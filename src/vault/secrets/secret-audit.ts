import type { AuditView, OperationRequest } from '#operation/operation.ts'
import type { ObjectAddress, PageRequest, SecretAddress } from '../names.ts'
import type { SecretProperties } from '../wire.ts'

/**
 * What a record shows of a call about one secret: the requested id, or the id of the version that was read or written. The
 * uri is built again from what was parsed, so that nothing a client put beside it reaches the log.
 */
export function viewSecret(
  request: OperationRequest,
  address: ObjectAddress | SecretAddress,
  done: SecretProperties | undefined,
): AuditView {
  const base = `${request.origin}/secrets/${address.name}`
  const asked = 'version' in address && address.version !== undefined ? `${base}/${address.version}` : base
  const requestUri = `${asked}?api-version=${encodeURIComponent(request.apiVersion)}`
  return done === undefined
    ? { id: asked, requestUri }
    : { id: `${base}/${done.version}`, requestUri, version: done.version }
}

/** What a record shows of a call about one deleted secret; `action` is the path's last segment where there is one. */
export function viewDeletedSecret(
  request: OperationRequest,
  { name, action }: { readonly name: string; readonly action?: string },
  version?: string,
): AuditView {
  const id = `${request.origin}/deletedsecrets/${name}`
  const path = action === undefined ? id : `${id}/${action}`
  const requestUri = `${path}?api-version=${encodeURIComponent(request.apiVersion)}`
  return version === undefined ? { id, requestUri } : { id, requestUri, version }
}

/** What a record shows of a list: Azure's have no id. The page token is left out, the number of items stands in for it. */
export function viewSecretList(
  request: OperationRequest,
  list: { readonly path: string; readonly page: PageRequest },
  items: number | undefined,
): AuditView {
  const requestUri = `${request.origin}${list.path}?api-version=${encodeURIComponent(request.apiVersion)}&maxresults=${list.page.size}`
  return items === undefined ? { requestUri } : { requestUri, properties: { count: items } }
}
