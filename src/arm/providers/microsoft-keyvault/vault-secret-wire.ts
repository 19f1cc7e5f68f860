import { childScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SecretName, tryParseSecretName } from '#base/ids.ts'
import { isJsonObject, type JsonObject, parseStoredJson } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { invalidContent, parseObjectBody } from '../../body.ts'
import type { PublicNames } from '../../dependencies.ts'
import { formatResourceId, parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord, VaultSecretRecord } from '../../vault-resources.ts'
import { definedMembers, objectWithoutNulls } from '../../wire.ts'
import { vaultPath } from './vault-wire.ts'

/** First api-version of secrets in the resource manager. */
export const vaultSecretsSince = '2016-10-01'
export const vaultSecretPath = `${vaultPath}/secrets/{secretName}`

/** A secret of a vault, and its scope. */
export interface VaultSecretAddress {
  readonly target: Scope
  readonly vault: TypedResourceAddress
  readonly name: SecretName
}

/** The secret that a path names. Throws `malformed` `InvalidResourceName`. */
export function parseVaultSecret(path: Readonly<Record<string, string>>): VaultSecretAddress {
  const vault = parseResource(path, vaultType)
  const name = tryParseSecretName(path['secretName'] ?? '')
  if (name === undefined) {
    throw new ServiceError(
      'malformed',
      'InvalidResourceName',
      "The name of a secret has 1 to 127 letters, digits and '-'.",
      { target: 'secretName' },
    )
  }
  return { target: childScope(vault.scope, 'secrets', name), vault, name }
}

/** The secret that a body describes, as the data plane would be told of it: nulls count as absent. */
export function parseSecretDocument(request: OperationRequest): JsonObject {
  const { tags, properties = {} } = objectWithoutNulls(parseObjectBody(request))
  if (!isJsonObject(properties)) throw invalidContent("'properties' must be an object.", 'properties')
  const { value, contentType, attributes } = properties
  return definedMembers({ value, contentType, attributes, tags })
}

/** `not-found` `ResourceNotFound`. */
export function secretNotFound({ vault, name }: VaultSecretAddress): ServiceError {
  return resourceNotFound({ ...vault, type: `${vaultType}/${vault.name}/secrets`, name })
}

/** A secret on the wire, without its value. Source: contracts/resource-manager-and-container-apps.md §3. */
export function renderVaultSecret(
  { vault, secret }: { readonly vault: VaultRecord; readonly secret: VaultSecretRecord },
  names: PublicNames,
): JsonObject {
  const secretUri = `https://${canonicalName(vault.address.name)}.${names.vaultSuffix}/secrets/${secret.name}`
  return {
    id: `${formatResourceId(vault.address, vaultType)}/secrets/${secret.name}`,
    name: secret.name,
    type: `${vaultType}/secrets`,
    location: vault.location,
    tags: parseTagsJson(secret.tagsJson),
    properties: {
      ...definedMembers({ contentType: secret.contentType }),
      attributes: definedMembers({
        enabled: secret.enabled,
        nbf: secret.notBeforeSeconds,
        exp: secret.expiresSeconds,
        created: secret.createdSeconds,
        updated: secret.updatedSeconds,
      }),
      secretUri,
      secretUriWithVersion: `${secretUri}/${secret.version}`,
    },
  }
}

function parseTagsJson(text: string | undefined): JsonObject {
  const tags = text === undefined ? {} : parseStoredJson(text, "A secret's stored tags")
  return isJsonObject(tags) ? tags : {}
}
