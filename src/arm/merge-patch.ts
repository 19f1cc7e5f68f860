import { isJsonObject, type JsonObject, type JsonValue } from '#base/json.ts'

/**
 * `target` with a JSON merge patch applied: objects are merged, arrays and plain values replaced, null removes.
 * Source: RFC 7396 §2.
 */
export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const members = new Map<string, JsonValue>(Object.entries(target))
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) members.delete(name)
    else if (isJsonObject(change)) {
      const former = members.get(name)
      members.set(name, applyMergePatch(isJsonObject(former) ? former : {}, change))
    } else members.set(name, change)
  }
  return Object.fromEntries(members)
}
