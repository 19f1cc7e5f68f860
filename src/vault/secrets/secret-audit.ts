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
  const asked = 'version' in address ? address.version : undefined
  return done === undefined
    ? makeView(request, { name: address.name, asked, done: undefined })
    : rememberedView(request, { name: address.name, asked, done: done.version })
}

interface SecretView {
  readonly name: string
  /** The version that was asked for, and the one that was read or written. */
  readonly asked: string | undefined
  readonly done: string | undefined
}

function makeView({ origin, apiVersion }: RequestView, { name, asked, done }: SecretView): AuditView {
  const base = `${origin}/secrets/${name}`
  const id = asked === undefined ? base : `${base}/${asked}`
  const requestUri = `${id}?api-version=${encodeURIComponent(apiVersion)}`
  return done === undefined ? { id, requestUri } : { id: `${base}/${done}`, requestUri, version: done }
}

type RequestView = Pick<OperationRequest, 'origin' | 'apiVersion'>

interface Remembered extends RequestView, Omit<SecretView, 'done'> {
  readonly view: AuditView
}

/** By the version that was read or written. */
const remembered = new Map<string, Remembered>()
const maximumRemembered = 4096

/** The same version is read again and again: the same texts then make its record cheaper, too. */
function rememberedView(
  { origin, apiVersion }: RequestView,
  secret: SecretView & { readonly done: string },
): AuditView {
  const { name, asked, done } = secret
  const known = remembered.get(done)
  if (
    known !== undefined &&
    known.origin === origin &&
    known.name === name &&
    known.asked === asked &&
    known.apiVersion === apiVersion
  ) {
    return known.view
  }
  const view = makeView({ origin, apiVersion }, secret)
  if (remembered.size >= maximumRemembered) remembered.clear()
  remembered.set(done, { origin, apiVersion, name, asked, view })
  return view
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
