import type { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { parseJson } from '#base/json.ts'
import { findUnstorableText } from '#base/storable-text.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { badRequest } from './errors.ts'

const maximumDepth = 8

/**
 * The JSON body in the shape of `schema`. Throws `malformed` `BadRequest` for what is no JSON, `Request_BadRequest` for another
 * shape, naming the member and never what it held.
 */
export function parseBody<T extends z.ZodType>(request: OperationRequest, schema: T): z.infer<T> {
  const value = parseJson(request.body, { maximumDepth, code: 'BadRequest' })
  const unstorable = findUnstorableText(value)
  if (unstorable !== undefined) {
    throw new ServiceError('malformed', 'BadRequest', `Invalid text for property '${unstorable}'.`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const member = unknown ?? issue?.path.map(String).join('.') ?? ''
  const rule = unknown === undefined ? (issue?.message ?? 'not acceptable') : 'not supported'
  throw badRequest(`Invalid value specified for property '${member}' of the resource: ${rule}.`, member)
}
