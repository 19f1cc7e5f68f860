import { ServiceError } from './errors.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/** Whether a value is an object with members: neither null nor an array. Says nothing of what the members are. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same of a value that was parsed from JSON, or came from such a value: its members are JSON too, which is not checked. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value)
}

/** Limits that hold before any JSON is parsed. */
export interface JsonLimits {
  readonly maximumDepth: number
  /** Of objects, arrays, members and elements together; not limited when left out. */
  readonly maximumValues?: number
  /** The wire code of the refusal, in the surface's own words. */
  readonly code: string
}

/**
 * The JSON in `bytes` as a value of unknown shape. Throws `malformed` with the given code, naming no content, for bytes
 * that are not UTF-8, not JSON, or beyond a limit, which are measured before parsing.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ServiceError('malformed', limits.code, 'The request body is not valid UTF-8.')
  }
  const { depth, values } = measure(text)
  if (depth > limits.maximumDepth) {
    throw new ServiceError(
      'malformed',
      limits.code,
      `The request body is nested deeper than ${limits.maximumDepth} levels.`,
    )
  }
  if (limits.maximumValues !== undefined && values > limits.maximumValues) {
    throw new ServiceError('malformed', limits.code, `The request body holds more than ${limits.maximumValues} values.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new ServiceError('malformed', limits.code, 'The request body is not valid JSON.')
  }
}

/**
 * The JSON in a stored text. Throws `internal` `RowBroken`, naming `what` (`A stored vault`) and nothing of the text: the
 * engine's own error quotes what it could not parse, and would be logged as the cause.
 */
export function parseStoredJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ServiceError('internal', 'RowBroken', `${what} cannot be read.`)
  }
}

/** How deep brackets nest, and how many values there are at most: each but the first follows a bracket or a comma. */
function measure(text: string): { readonly depth: number; readonly values: number } {
  let depth = 0
  let deepest = 0
  let values = 1
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x7b || unit === 0x5b) {
      deepest = Math.max(deepest, ++depth)
      values++
    } else if (unit === 0x2c) values++
    else if (unit === 0x7d || unit === 0x5d) depth--
  }
  return { depth: deepest, values }
}
