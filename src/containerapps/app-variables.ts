import { isJsonObject, type JsonObject } from '#base/json.ts'
import { elementsOf } from './tracked-resource.ts'

/** The environment variables of a template's first container. */
export interface AppVariables {
  /** Names and plain values. */
  readonly plain: Readonly<Record<string, string>>
  /** Names of variables, and of the secrets whose values they get. */
  readonly secret: Readonly<Record<string, string>>
}

/** The variables of the first container; of two with one name, the last counts. */
export function variablesOf(template: JsonObject): AppVariables {
  const container = elementsOf(template['containers'])[0]
  const plain = new Map<string, string>()
  const secret = new Map<string, string>()
  for (const entry of elementsOf(isJsonObject(container) ? container['env'] : undefined)) {
    if (!isJsonObject(entry)) continue
    const { name, value, secretRef } = entry
    if (typeof name !== 'string') continue
    plain.delete(name)
    secret.delete(name)
    if (typeof secretRef === 'string') secret.set(name, secretRef)
    else plain.set(name, typeof value === 'string' ? value : '')
  }
  return { plain: Object.fromEntries(plain), secret: Object.fromEntries(secret) }
}
