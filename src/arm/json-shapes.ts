import { z } from 'zod'
import { isJsonObject, type JsonObject, type JsonValue } from '#base/json.ts'

/** Members of a document that are kept as they are. They come out of a JSON parser: one walk says whether they go into one again. */
export const jsonValue = z.custom<JsonValue>(isFiniteJson, 'must be a JSON value')
export const jsonList = z.custom<readonly JsonValue[]>(
  (value) => Array.isArray(value) && isFiniteJson(value),
  'must be a list of JSON values',
)
export const jsonObject = z.custom<JsonObject>(
  (value) => isJsonObject(value) && isFiniteJson(value),
  'must be a JSON object',
)

/** A number that is too large for its type becomes infinite when it is read, and null when it is written. */
function isFiniteJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return value !== undefined
  return Object.values(value).every(isFiniteJson)
}
