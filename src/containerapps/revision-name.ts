import { isDeepStrictEqual } from 'node:util'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { randomBytes } from '#base/random.ts'

/** The newest revision of an app: its name, and the template it was made from. */
export interface CurrentRevision {
  readonly revisionName: string
  readonly template: JsonObject
}

const suffixAlphabet = 'abcdefghijklmnopqrstuvwxyz012345'
const suffixLength = 7

/**
 * The name of an app's newest revision after `template` was written: the one it has when the template says the same, a new
 * one otherwise. `revisionSuffix` names the revision and is no change by itself unless it is another one. Throws `conflict`
 * `ContainerAppRevisionSuffixInUse` when a changed template names the suffix that the current revision has.
 * Source: contracts/resource-manager-and-container-apps.md §6.2, §6.4.
 */
export function nextRevisionName(appName: string, template: JsonObject, current: CurrentRevision | undefined): string {
  const suffix = suffixIn(template)
  const wanted = suffix === undefined ? undefined : `${appName.toLowerCase()}--${suffix}`
  if (current === undefined) return wanted ?? newRevisionName(appName)
  const isSameTemplate = isDeepStrictEqual(withoutSuffix(template), withoutSuffix(current.template))
  if (isSameTemplate && (wanted === undefined || wanted === current.revisionName)) return current.revisionName
  if (wanted === current.revisionName) {
    throw revisionSuffixInUse(current.revisionName)
  }
  return wanted ?? newRevisionName(appName)
}

/** `conflict` `ContainerAppRevisionSuffixInUse`. */
export function revisionSuffixInUse(revisionName: string): ServiceError {
  return new ServiceError(
    'conflict',
    'ContainerAppRevisionSuffixInUse',
    `The app has a revision '${revisionName}' already. Give a changed template another suffix, or none.`,
    { target: 'properties.template.revisionSuffix' },
  )
}

function newRevisionName(appName: string): string {
  let suffix = ''
  for (const byte of randomBytes(suffixLength)) suffix += suffixAlphabet[byte % suffixAlphabet.length] ?? ''
  return `${appName.toLowerCase()}--${suffix}`
}

function suffixIn(template: JsonObject): string | undefined {
  const suffix = template['revisionSuffix']
  return typeof suffix === 'string' && suffix !== '' ? suffix : undefined
}

function withoutSuffix(template: JsonObject): JsonObject {
  const { revisionSuffix: _suffix, ...rest } = template
  return rest
}
