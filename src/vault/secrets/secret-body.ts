import { isObject, type JsonLimits, parseJson } from '#base/json.ts'
import { SecretValue } from '#base/secret-value.ts'
import { isStorableText } from '#base/storable-text.ts'
import { badParameter } from '../names.ts'

/** The settable attributes of a secret version as a body gives them; an absent one was not given. */
interface GivenAttributes {
  readonly enabled?: boolean
  /** `nbf`, Unix seconds. */
  readonly notBeforeSeconds?: number
  /** `exp`, Unix seconds. */
  readonly expiresSeconds?: number
}

/** What a PATCH may change: absent members stay as they are, `tags` replaces the whole map. */
export interface SecretChanges {
  readonly contentType?: string
  readonly attributes: GivenAttributes
  /** JSON text of an object of strings. */
  readonly tagsJson?: string
}

/** What a PUT makes: a new version that inherits nothing. */
export interface NewSecretVersion extends SecretChanges {
  readonly value: SecretValue
}

const maximumValueBytes = 25_600
const maximumContentTypeLength = 255
const maximumTags = 15
const maximumTagLength = 512
const maximumDepth = 16
/** In a body as large as a backup: small values, unlike one long text, take many times their bytes and hold up the process. */
const maximumValuesBesideBackup = 64
const largestEpochSeconds = 2 ** 31 - 1

/** wire: the text that real answers have for any bad property; a sentence of our own follows. */
const invalidProperty = 'Property has invalid value\r\n'

/**
 * The body of a set-secret request. Throws `malformed` `BadParameter`, naming the property and never its content. Unknown
 * members are ignored. A value is at most 25,600 bytes of UTF-8 and may be empty. Source: contracts/key-vault.md §2.1, §4.
 */
export function parseNewSecretVersion(body: Buffer): NewSecretVersion {
  return newSecretVersionOf(parseMembers(body))
}

/** The same of members that were parsed already. Throws `malformed` `BadParameter`. */
export function newSecretVersionOf(members: Members): NewSecretVersion {
  const value = members['value']
  if (value === undefined || value === null) throw invalid('value', 'is required')
  if (typeof value !== 'string') throw invalid('value', 'must be a string')
  requireWellFormed(value, 'value')
  if (Buffer.byteLength(value, 'utf8') > maximumValueBytes) {
    throw invalid('value', `must be at most ${maximumValueBytes} bytes of UTF-8`)
  }
  return { ...secretChangesOf(members), value: SecretValue.fromText(value) }
}

/** The backup blob in the body of a restore request, not yet decoded. Throws `malformed` `BadParameter`. */
export function parseBackupText(body: Buffer): string {
  const { value } = parseMembers(body, { maximumValues: maximumValuesBesideBackup })
  if (value === undefined || value === null) throw invalid('value', 'is required')
  if (typeof value !== 'string') throw invalid('value', 'must be a string')
  return value
}

/** The body of an update-secret request; the value cannot be changed and is ignored. Throws `malformed` `BadParameter`. */
export function parseSecretChanges(body: Buffer): SecretChanges {
  return secretChangesOf(parseMembers(body))
}

/** The same of members that were parsed already. Throws `malformed` `BadParameter`. */
export function secretChangesOf(members: Members): SecretChanges {
  const contentType = parseContentType(members['contentType'])
  const tagsJson = parseTags(members['tags'])
  return {
    attributes: parseAttributes(members['attributes']),
    ...(contentType === undefined ? {} : { contentType }),
    ...(tagsJson === undefined ? {} : { tagsJson }),
  }
}

/** Refuses a validity that ends before it begins. Throws `malformed` `BadParameter`. */
export function requireOrderedValidity(notBeforeSeconds: number | undefined, expiresSeconds: number | undefined): void {
  if (notBeforeSeconds !== undefined && expiresSeconds !== undefined && notBeforeSeconds > expiresSeconds) {
    throw invalid('attributes.nbf', "must not be later than 'attributes.exp'")
  }
}

type Members = Readonly<Record<string, unknown>>

function parseMembers(body: Buffer, limits: Pick<JsonLimits, 'maximumValues'> = {}): Members {
  const members = parseJson(body, { ...limits, maximumDepth, code: 'BadParameter' })
  if (!isObject(members)) throw badParameter('The request body must be a JSON object.')
  return members
}

function parseContentType(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid('contentType', 'must be a string')
  if (value.length > maximumContentTypeLength) {
    throw invalid('contentType', `must be at most ${maximumContentTypeLength} characters`)
  }
  return requireStorable(value, 'contentType')
}

function parseTags(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw invalid('tags', 'must be an object of strings')
  const tags = Object.entries(value)
  if (tags.length > maximumTags) throw invalid('tags', `may hold at most ${maximumTags} tags`)
  for (const [name, text] of tags) {
    if (typeof text !== 'string') throw invalid('tags', 'must be an object of strings')
    if (name.length > maximumTagLength || text.length > maximumTagLength) {
      throw invalid('tags', `may hold names and values of at most ${maximumTagLength} characters`)
    }
    requireStorable(name, 'tags')
    requireStorable(text, 'tags')
  }
  return JSON.stringify(value)
}

function parseAttributes(value: unknown): GivenAttributes {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw invalid('attributes', 'must be an object')
  const enabled = value['enabled']
  if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean') {
    throw invalid('attributes.enabled', 'must be true or false')
  }
  const notBeforeSeconds = parseEpochSeconds(value['nbf'], 'attributes.nbf')
  const expiresSeconds = parseEpochSeconds(value['exp'], 'attributes.exp')
  requireOrderedValidity(notBeforeSeconds, expiresSeconds)
  return {
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(notBeforeSeconds === undefined ? {} : { notBeforeSeconds }),
    ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
  }
}

function parseEpochSeconds(value: unknown, property: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > largestEpochSeconds) {
    throw invalid(property, 'must be an integer number of Unix seconds (32 bits)')
  }
  return value
}

/** A lone surrogate has no UTF-8 form: it would come back as another character than was stored. */
function requireWellFormed(text: string, property: string): void {
  if (!text.isWellFormed()) throw invalid(property, 'must be well-formed Unicode')
}

/** Unlike a value, which is stored sealed, this is stored as text. */
function requireStorable(text: string, property: string): string {
  requireWellFormed(text, property)
  if (!isStorableText(text)) throw invalid(property, 'must not contain U+0000')
  return text
}

function invalid(property: string, rule: string) {
  return badParameter(`${invalidProperty}The property '${property}' ${rule}.`, property)
}
