import type { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject, parseJson } from '#base/json.ts'
import { findUnstorableText } from '#base/storable-text.ts'
import type { OperationRequest } from '#operation/operation.ts'

const maximumDepth = 32
/** 1,024 access policies with every permission are 70,000; reading takes time with each. */
const maximumValues = 100_000

/**
 * The JSON object in a request's body. Throws `malformed` `InvalidRequestContent` for anything else, for more than
 * 100,000 values, and for text in it that cannot be stored.
 */
export function parseObjectBody(request: OperationRequest): JsonObject {
  const value = parseJson(request.body, { maximumDepth, maximumValues, code: 'InvalidRequestContent' })
  if (!isJsonObject(value)) throw invalidContent('The request content must be a JSON object.')
  const member = findUnstorableText(value)
  if (member !== undefined) {
    const rule = 'must be well-formed Unicode without U+0000'
    throw invalidContent(`The request content was invalid: '${member}': ${rule}.`, member)
  }
  return value
}

/**
 * `value` in the shape of `schema`. Throws `malformed` `InvalidRequestContent`, naming the member and what was expected of
 * it, never what it held.
 */
export function parseShape<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const member = issue?.path.map(String).join('.') ?? ''
  throw invalidContent(`The request content was invalid: '${member}': ${issue?.message ?? 'not acceptable'}.`, member)
}

/** A `malformed` `InvalidRequestContent` error. */
export function invalidContent(message: string, target?: string): ServiceError {
  return new ServiceError('malformed', 'InvalidRequestContent', message, target === undefined ? {} : { target })
}

/** What is well-formed but not served yet: refused, so that nothing is stored as if it were enforced. */
export function notSupported(message: string, target: string): ServiceError {
  return new ServiceError('malformed', 'NotSupported', message, { target })
}
