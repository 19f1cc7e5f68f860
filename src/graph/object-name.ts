import { type PrincipalId, tryParseGuid } from '#base/ids.ts'
import { isStorableText } from '#base/storable-text.ts'
import {
  findPrincipal,
  findUserByPrincipalName,
  type Principal,
  type PrincipalType,
} from '#directory/principal-store.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { objectNotFound } from './errors.ts'

/** The object in `{id}` of a path: an object id, or a user principal name where users are asked for. */
export interface ObjectName {
  /** As the caller wrote it; safe to show. */
  readonly text: string
  readonly id: PrincipalId | undefined
}

const longestName = 256

/** Reads `{name}` of a path. Throws `not-found` for a text that can name nothing. */
export function parseObjectName(request: OperationRequest, parameter = 'id'): ObjectName {
  const text = request.path[parameter] ?? ''
  if (text.length > longestName || !isStorableText(text)) throw objectNotFound('…')
  return { text, id: tryParseGuid<PrincipalId>(text) }
}

/** An object id in a path. Throws `not-found` for anything else. */
export function parseObjectId(request: OperationRequest, parameter = 'id'): PrincipalId {
  const { id, text } = parseObjectName(request, parameter)
  if (id === undefined) throw objectNotFound(text)
  return id
}

/** The object of this name and, if given, of this type. Throws `not-found` `Request_ResourceNotFound`. */
export async function requireObject(
  reader: Reader,
  name: ObjectName,
  type: PrincipalType | undefined,
): Promise<Principal> {
  const byName = type === 'User' && name.id === undefined
  const found = byName
    ? await findUserByPrincipalName(reader, name.text)
    : name.id && (await findPrincipal(reader, name.id))
  if (found === undefined || (type !== undefined && found.type !== type)) throw objectNotFound(name.text)
  return found
}
