import { ServiceError } from './errors.ts'

declare const brand: unique symbol
/** A string that only its parser makes; two brands cannot be mixed. */
export type Brand<Name extends string> = string & { readonly [brand]: { readonly [key in Name]: true } }

/** A GUID in canonical form: lower case, with dashes. */
export type Guid = Brand<'Guid'>
export type TenantId = Guid & Brand<'TenantId'>
export type SubscriptionId = Guid & Brand<'SubscriptionId'>
/** The immutable object id of a principal in a tenant. */
export type PrincipalId = Guid & Brand<'PrincipalId'>
/** An application (client) id. */
export type ClientId = Guid & Brand<'ClientId'>
/** The immutable id of one vault; a purged vault's name can be reused, its id cannot. */
export type VaultId = Guid & Brand<'VaultId'>
/** A vault name in canonical form: lower case, 3 to 24 letters, digits and single hyphens. */
export type VaultName = Brand<'VaultName'>
/** A secret name as the caller wrote it, 1 to 127 letters, digits and hyphens; compare by `canonicalName`. */
export type SecretName = Brand<'SecretName'>
/** 32 lower-case hexadecimal digits. */
export type SecretVersion = Brand<'SecretVersion'>

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The canonical GUID in `text`, or undefined. Any letter case is accepted, braces are not. */
export function tryParseGuid<T extends Guid = Guid>(text: unknown): T | undefined {
  if (typeof text !== 'string') return undefined
  const lower = text.toLowerCase()
  return guidPattern.test(lower) ? (lower as T) : undefined
}

/** The canonical GUID in `text`. Throws `malformed` with `code` and the field's name when it is not one. */
export function parseGuid<T extends Guid = Guid>(text: unknown, field: string, code = 'InvalidParameter'): T {
  const guid = tryParseGuid<T>(text)
  if (guid === undefined) throw new ServiceError('malformed', code, `'${field}' must be a GUID.`, { target: field })
  return guid
}

/** Marks a GUID that this program generated or loaded from its own database. */
export function trustGuid<T extends Guid = Guid>(text: string): T {
  return text as T
}

const vaultNamePattern = /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i
/** The canonical vault name in `text`, or undefined. Source: contracts/key-vault.md §4. */
export function tryParseVaultName(text: string): VaultName | undefined {
  // Tested before it is folded: the Kelvin sign would become a `k`.
  return vaultNamePattern.test(text) ? (text.toLowerCase() as VaultName) : undefined
}

const objectNamePattern = /^[0-9a-zA-Z-]{1,127}$/
/** The secret name in `text`, its letter case kept, or undefined. */
export function tryParseSecretName(text: string): SecretName | undefined {
  return objectNamePattern.test(text) ? (text as SecretName) : undefined
}

const versionPattern = /^[0-9a-f]{32}$/
/** The secret version in `text`, or undefined. Letter case is folded. */
export function tryParseSecretVersion(text: string): SecretVersion | undefined {
  const lower = text.toLowerCase()
  return versionPattern.test(lower) ? (lower as SecretVersion) : undefined
}

/** The form under which names are stored and compared: Azure names are case-insensitive. */
export function canonicalName(name: string): string {
  return name.toLowerCase()
}
