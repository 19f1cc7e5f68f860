import { ServiceError } from '#base/errors.ts'
import { isObject, parseStoredJson } from '#base/json.ts'

/** One secret version's metadata, as answers show it. Never holds the value. */
export interface SecretProperties {
  /** The name in the letter case it was created with. */
  readonly name: string
  readonly version: string
  readonly contentType: string | undefined
  readonly enabled: boolean
  /** Unix seconds. */
  readonly notBeforeSeconds: number | undefined
  /** Unix seconds. */
  readonly expiresSeconds: number | undefined
  /** Unix seconds. */
  readonly createdSeconds: number
  /** Unix seconds. */
  readonly updatedSeconds: number
  /** JSON text of an object of strings; undefined when tags were never given. */
  readonly tagsJson: string | undefined
  /** The version that this one replaced. */
  readonly previousVersion: string | undefined
}

/** A deleted secret: its latest version's metadata, and when it was deleted and will be purged. */
export interface DeletedSecret {
  readonly properties: SecretProperties
  /** Unix seconds. */
  readonly deletedSeconds: number
  /** Unix seconds. */
  readonly scheduledPurgeSeconds: number
}

/** How deleted objects of a vault can be had back: `recoveryLevel` and `recoverableDays` of every answer. */
export interface Recovery {
  readonly level: string
  readonly days: number
}

const longestRetentionDays = 90

/** The recovery level by a vault's retention and purge protection. Source: contracts/key-vault.md §3. */
export function recoveryOf(retentionDays: number, purgeProtection: boolean): Recovery {
  const level = retentionDays < longestRetentionDays ? 'CustomizedRecoverable' : 'Recoverable'
  return { level: purgeProtection ? level : `${level}+Purgeable`, days: retentionDays }
}

/** Whether this api-version has what came with 2025-07-01: `previousVersion`, `outContentType`. The `7.N` are all older. */
export function hasMembersOf2025(apiVersion: string): boolean {
  return apiVersion.startsWith('2') && apiVersion >= '2025-07-01'
}

/** What a bundle's text is built from besides the value; `origin` is the one the client used, as ids are never stored. */
interface BundleView {
  readonly origin: string
  readonly apiVersion: string
  readonly recovery: Recovery
}

/** A SecretBundle with the value, given as the text of a JSON string. */
export function renderSecretBundle(valueJson: string, properties: SecretProperties, view: BundleView): string {
  return `{"value":${valueJson},${renderBundleMembers(properties, view)}`
}

/** A SecretBundle without the value. */
export function renderSecretMetadata(properties: SecretProperties, view: BundleView): string {
  return `{${renderBundleMembers(properties, view)}`
}

/** One page of a list; `base` ids name no version. `nextLink` stays `null` on the last page. */
export function renderSecretPage(
  items: readonly SecretProperties[],
  page: { readonly ids: 'base' | 'versioned'; readonly nextLink: string | undefined },
  view: BundleView,
): string {
  const rendered = items.map((item) => {
    const id = page.ids === 'base' ? baseId(view.origin, item) : versionedId(view.origin, item)
    return `{${renderMembers(item, id, view.recovery)}}`
  })
  return `{"value":[${rendered.join(',')}],"nextLink":${JSON.stringify(page.nextLink ?? null)}}`
}

/** A DeletedSecretBundle, without the value. */
export function renderDeletedSecret(secret: DeletedSecret, view: BundleView): string {
  return `{${renderDeletion(secret, view.origin)},${renderBundleMembers(secret.properties, view)}`
}

/** One page of deleted secrets, with base ids. `nextLink` stays `null` on the last page. */
export function renderDeletedPage(
  items: readonly DeletedSecret[],
  nextLink: string | undefined,
  view: BundleView,
): string {
  const rendered = items.map((item) => {
    const { properties } = item
    const members = renderMembers(properties, baseId(view.origin, properties), view.recovery)
    return `{${renderDeletion(item, view.origin)},${members}}`
  })
  return `{"value":[${rendered.join(',')}],"nextLink":${JSON.stringify(nextLink ?? null)}}`
}

const storedTags = "A secret's stored tags"

/**
 * The tags as they were stored. Throws `internal` `RowBroken` for a row whose tags are no longer an object, so that a damaged
 * row is never passed on as an answer.
 */
export function parseStoredTags(stored: string | null): string | undefined {
  if (stored === null) return undefined
  const tags = parseStoredJson(stored, storedTags)
  if (!isObject(tags)) {
    throw new ServiceError('internal', 'RowBroken', `${storedTags} cannot be read.`)
  }
  return JSON.stringify(tags)
}

interface RenderedMembers extends BundleView {
  readonly text: string
}

/** The last text made of each version that is held in memory: most clients of a secret come by one name and version. */
const lastRendered = new WeakMap<SecretProperties, RenderedMembers>()

function renderBundleMembers(properties: SecretProperties, view: BundleView): string {
  const last = lastRendered.get(properties)
  if (
    last !== undefined &&
    last.origin === view.origin &&
    last.apiVersion === view.apiVersion &&
    last.recovery === view.recovery
  ) {
    return last.text
  }
  const previous =
    properties.previousVersion !== undefined && hasMembersOf2025(view.apiVersion)
      ? `,"previousVersion":${JSON.stringify(properties.previousVersion)}`
      : ''
  const text = `${renderMembers(properties, versionedId(view.origin, properties), view.recovery)}${previous}}`
  lastRendered.set(properties, { ...view, text })
  return text
}

function renderMembers(properties: SecretProperties, id: string, recovery: Recovery): string {
  const contentType =
    properties.contentType === undefined ? '' : `"contentType":${JSON.stringify(properties.contentType)},`
  const attributes = JSON.stringify({
    enabled: properties.enabled,
    nbf: properties.notBeforeSeconds,
    exp: properties.expiresSeconds,
    created: properties.createdSeconds,
    updated: properties.updatedSeconds,
    recoveryLevel: recovery.level,
    recoverableDays: recovery.days,
  })
  const tags = properties.tagsJson === undefined ? '' : `,"tags":${properties.tagsJson}`
  return `${contentType}"id":${JSON.stringify(id)},"attributes":${attributes}${tags}`
}

function renderDeletion({ properties, deletedSeconds, scheduledPurgeSeconds }: DeletedSecret, origin: string): string {
  const recoveryId = JSON.stringify(`${origin}/deletedsecrets/${properties.name}`)
  return `"recoveryId":${recoveryId},"deletedDate":${deletedSeconds},"scheduledPurgeDate":${scheduledPurgeSeconds}`
}

function baseId(origin: string, properties: SecretProperties): string {
  return `${origin}/secrets/${properties.name}`
}

function versionedId(origin: string, properties: SecretProperties): string {
  return `${origin}/secrets/${properties.name}/${properties.version}`
}
