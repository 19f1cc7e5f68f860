import { z } from 'zod'
import { boundedList } from '#base/bounded-list.ts'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { tryParseSecretUrl } from '#base/secret-url.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { AssignedIdentity, ContainerAppRecord } from '../../container-app-resources.ts'
import { byPath, type SettledIdentity, tryParseIdentityId } from './app-identity.ts'

const maximumSecrets = 1000

/** An element of `configuration.secrets`. az sends all four members, empty where they mean nothing. */
const secretSchema = z.object({
  name: z.string(),
  value: z.string().optional(),
  keyVaultUrl: z.string().optional(),
  identity: z.string().optional(),
})

/** `configuration.secrets`. More than 1,000 are `malformed` `ContainerAppSecretInvalid` before any is looked at. */
export const secretsSchema = boundedList(secretSchema, maximumSecrets, {
  refuse: () => secretInvalid(`Invalid Request: A container app has at most ${maximumSecrets} secrets.`),
})

/** A secret as a document asks for it. */
export interface DesiredSecret {
  readonly name: string
  /** `kept`: nothing but the name was said, and what is stored stays. */
  readonly source:
    | { readonly kind: 'inline'; readonly value: SecretValue }
    | { readonly kind: 'reference'; readonly keyVaultUrl: string; readonly identity: string }
    | { readonly kind: 'kept' }
}

/** Secrets as they are stored: entries for the app's document, and the new values of inline ones. */
interface SettledSecrets {
  readonly entries: readonly JsonObject[]
  readonly values: ReadonlyMap<string, SecretValue>
}

const namePattern = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/
const maximumNameLength = 253

/**
 * The secrets in a document. An empty `value`, `keyVaultUrl` or `identity` is absent; beside a reference a value means
 * nothing. Throws `malformed` `ContainerAppSecretInvalid` or `ContainerAppSecretKeyVaultUrlInvalid`, naming the secrets.
 * Source: contracts/resource-manager-and-container-apps.md §0 fact 6, §6.2, §6.4; contracts/real-captures.md §3.
 */
export function parseSecrets(given: readonly z.infer<typeof secretSchema>[]): readonly DesiredSecret[] {
  const badNames = given.filter(({ name }) => name.length > maximumNameLength || !namePattern.test(name))
  if (badNames.length > 0) {
    throw secretInvalid(
      `Invalid Request: Container app secret(s) with name(s) ${quoteNames(badNames)} are invalid: a name must consist of lower case alphanumeric characters, '-' or '.', start and end with an alphanumeric character, and have at most ${maximumNameLength} characters.`,
    )
  }
  const twins = twinsAmong(given)
  if (twins.length > 0) {
    throw secretInvalid(
      `Invalid Request: Container app secret(s) with name(s) ${quoteNames(twins)} are invalid: they are given more than once.`,
    )
  }
  const halves = given.filter(({ keyVaultUrl, identity }) => isGiven(keyVaultUrl) && !isGiven(identity))
  if (halves.length > 0) throw withoutSource(halves)
  const badUrls = given.filter(({ keyVaultUrl = '' }) => keyVaultUrl !== '' && !tryParseSecretUrl(keyVaultUrl))
  if (badUrls.length > 0) {
    throw new ServiceError(
      'malformed',
      'ContainerAppSecretKeyVaultUrlInvalid',
      `Invalid keyVaultUrl value for container app secret(s) with name(s) ${quoteNames(badUrls)}. The value should follow the format 'https://mykeyvault.vault.azure.net/secrets/mysecret' or 'https://mykeyvault.vault.azure.net/secrets/mysecret/994e967bb9b5468b92a4737aeee97276'.`,
      { target: 'properties.configuration.secrets' },
    )
  }
  return given.map(({ name, value = '', keyVaultUrl = '', identity = '' }) => {
    if (keyVaultUrl !== '') return { name, source: { kind: 'reference', keyVaultUrl, identity } }
    if (value !== '') return { name, source: { kind: 'inline', value: SecretValue.fromText(value) } }
    return { name, source: { kind: 'kept' } }
  })
}

/**
 * What is stored of `desired` for an app with these identities. A known name without value keeps what it has. Throws
 * `malformed` `ContainerAppSecretInvalid` for an unknown name without value, `InvalidParameterValueInContainerTemplate` for a
 * reference through an identity that the app does not have.
 */
export function settleSecrets(
  desired: readonly DesiredSecret[],
  existing: ContainerAppRecord | undefined,
  identity: SettledIdentity,
): SettledSecrets {
  const former = storedSecrets(existing?.properties)
  const unknown = desired.filter(({ name, source }) => source.kind === 'kept' && !former.has(name))
  if (unknown.length > 0) throw withoutSource(unknown)
  const values = new Map<string, SecretValue>()
  const entries: JsonObject[] = []
  for (const { name, source } of desired) {
    switch (source.kind) {
      case 'inline':
        values.set(name, source.value)
        entries.push({ name })
        break
      case 'kept':
        entries.push(former.get(name) ?? { name })
        break
      case 'reference':
        entries.push({ name, keyVaultUrl: source.keyVaultUrl, identity: source.identity })
        break
    }
  }
  const userAssigned = byPath(identity.userAssigned)
  return {
    entries: entries.map((entry) => withSettledIdentity(entry, identity.systemAssigned, userAssigned)),
    values,
  }
}

/** The secrets in an app's document by name: `{name}`, or `{name, keyVaultUrl, identity}`; in their order. */
export function storedSecrets(properties: JsonObject | undefined): ReadonlyMap<string, JsonObject> {
  const configuration = properties?.['configuration']
  const secrets = isJsonObject(configuration) ? configuration['secrets'] : undefined
  const byName = new Map<string, JsonObject>()
  for (const entry of Array.isArray(secrets) ? secrets : []) {
    if (isJsonObject(entry) && typeof entry['name'] === 'string') byName.set(entry['name'], entry)
  }
  return byName
}

/** The identity of a reference in the spelling that is stored: `system`, or the id of the app's identity. */
function withSettledIdentity(
  entry: JsonObject,
  systemAssigned: boolean,
  userAssigned: ReadonlyMap<string, AssignedIdentity>,
): JsonObject {
  const { name, identity } = entry
  if (typeof name !== 'string' || typeof identity !== 'string') return entry
  if (identity.toLowerCase() === 'system') {
    if (systemAssigned) return { ...entry, identity: 'system' }
    throw notAssigned(name, 'system')
  }
  const address = tryParseIdentityId(identity)
  const found = address === undefined ? undefined : userAssigned.get(address.scope.path)
  if (found === undefined) throw notAssigned(name, identity)
  return { ...entry, identity: found.resourceId }
}

/** Each of them that has the name of an earlier one. */
function twinsAmong<Named extends { readonly name: string }>(given: readonly Named[]): readonly Named[] {
  const names = new Set<string>()
  return given.filter(({ name }) => {
    const isTwin = names.has(name)
    names.add(name)
    return isTwin
  })
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

function quoteNames(secrets: readonly { readonly name: string }[]): string {
  return [...new Set(secrets.map(({ name }) => `'${name}'`))].join(', ')
}

function withoutSource(secrets: readonly { readonly name: string }[]): ServiceError {
  return secretInvalid(
    `Invalid Request: Container app secret(s) with name(s) ${quoteNames(secrets)} are invalid: value or keyVaultUrl and identity should be provided.`,
  )
}

/** `malformed` `ContainerAppSecretInvalid`. */
export function secretInvalid(message: string): ServiceError {
  return new ServiceError('malformed', 'ContainerAppSecretInvalid', message, {
    target: 'properties.configuration.secrets',
  })
}

function notAssigned(name: string, identity: string): ServiceError {
  return new ServiceError(
    'malformed',
    'InvalidParameterValueInContainerTemplate',
    `The following field(s) are either invalid or missing. Field 'configuration.secrets' is invalid with details: 'Invalid value: "${name}": Unable to get value using Managed identity ${identity} for secret ${name}. Error: unable to fetch secret '${name}' using Managed identity '${identity}'';. The identity is not assigned to the app.`,
    { target: 'properties.configuration.secrets' },
  )
}
