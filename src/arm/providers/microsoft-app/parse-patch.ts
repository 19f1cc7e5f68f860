import { isJsonObject, type JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { invalidContent, parseObjectBody } from '../../body.ts'

/**
 * What a merge patch of an app or an environment can change; read-only members and the location are ignored. Throws
 * `malformed` `InvalidRequestContent`.
 */
export function parsePatch(request: OperationRequest): JsonObject {
  const { tags, identity, properties } = parseObjectBody(request)
  if (properties !== undefined && properties !== null && !isJsonObject(properties)) {
    throw invalidContent("The request content was invalid: 'properties' must be an object.", 'properties')
  }
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
    ...(isJsonObject(properties) ? { properties } : {}),
  }
}
