import type { Caller } from '#authentication/caller.ts'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '#base/json.ts'
import type { OperationResponse } from '#operation/operation.ts'
import type { Author, ResourceHistory, Tags } from './tracked-resource.ts'

const jsonContentType = 'application/json; charset=utf-8'

/** An answer with a JSON body. `undefined` members are left out; there is no null on this wire, for az iterates over them. */
export function respondJson(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): OperationResponse {
  return { status, headers: { 'Content-Type': jsonContentType, ...headers }, body: JSON.stringify(body) }
}

/** An answer with a JSON body that is text already. */
export function respondJsonText(status: number, body: string): OperationResponse {
  return { status, headers: { 'Content-Type': jsonContentType }, body }
}

/** An answer whose body is one sentence, as a JSON string. */
export function respondText(status: number, sentence: string): OperationResponse {
  return respondJsonText(status, JSON.stringify(sentence))
}

/** An answer without a body. */
export function respondEmpty(status: number): OperationResponse {
  return { status }
}

/** `value` without null members and null elements, at every depth. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.filter((element) => element !== null).map(withoutNulls)
  return isJsonObject(value) ? objectWithoutNulls(value) : value
}

export function objectWithoutNulls(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]))
}

/** `object` without members that are undefined: a stored document holds only what is there. */
export function definedMembers(object: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const members: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(object)) if (value !== undefined) members[name] = value
  return members
}

/** ARM's `systemData`. */
export function renderSystemData(history: ResourceHistory): JsonObject {
  return {
    createdBy: history.createdBy.by,
    createdByType: history.createdBy.type,
    createdAt: history.createdAt.toISOString(),
    lastModifiedBy: history.updatedBy.by,
    lastModifiedByType: history.updatedBy.type,
    lastModifiedAt: history.updatedAt.toISOString(),
  }
}

/** The caller of an operation that only authenticated callers reach. Throws `internal` without one. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller === undefined)
    throw new ServiceError('internal', 'InternalServerError', 'A write was reached without a caller.')
  return caller
}

/** The author that a resource remembers of its writer. */
export function authorOf(caller: Caller | undefined): Author {
  const { kind, displayName, principal, clientId } = requireCaller(caller)
  if (kind === 'user') return { by: displayName ?? principal, type: 'User' }
  return { by: clientId, type: displayName === undefined ? 'Application' : 'ManagedIdentity' }
}

const maximumTags = 50
const maximumTagName = 512
const maximumTagValue = 256

/** The tags in a body, none when absent. Throws `malformed` `InvalidTags`, naming no value. */
export function parseTags(value: unknown): Tags {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw invalidTags("'tags' must be an object whose members are strings.")
  const entries = Object.entries(value)
  if (entries.length > maximumTags) throw invalidTags(`A resource has at most ${maximumTags} tags.`)
  const names = new Set<string>()
  const tags: [string, string][] = []
  for (const [name, text] of entries) {
    if (name === '' || name.length > maximumTagName)
      throw invalidTags(`A tag name has 1 to ${maximumTagName} characters.`)
    if (typeof text !== 'string' || text.length > maximumTagValue) {
      throw invalidTags(`A tag value is a string of at most ${maximumTagValue} characters.`)
    }
    if (names.has(name.toLowerCase()))
      throw invalidTags('Tag names are compared without letter case and must be unique.')
    names.add(name.toLowerCase())
    tags.push([name, text])
  }
  return Object.fromEntries(tags)
}

function invalidTags(message: string): ServiceError {
  return new ServiceError('malformed', 'InvalidTags', message, { target: 'tags' })
}
