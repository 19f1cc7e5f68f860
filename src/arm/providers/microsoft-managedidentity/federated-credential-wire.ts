import type { Scope } from '#authorization/scope.ts'
import { childScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { FederatedCredential } from '#directory/federated-credential-store.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import type { IdentityRecord } from '../../identity-resources.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'
import { identityPath } from './identity-wire.ts'

const credentialType = 'federatedIdentityCredentials'
/** First api-version of federated credentials. */
export const credentialsSince = '2022-01-31-preview'
export const credentialsPath = `${identityPath}/${credentialType}`
export const credentialPath = `${credentialsPath}/{credentialName}`

/** One credential of an identity; `target` is its own scope. */
export interface CredentialAddress {
  readonly target: Scope
  readonly identity: TypedResourceAddress
  readonly name: string
}

/** A credential as an answer shows it. */
export interface ShownCredential {
  readonly identity: IdentityRecord
  readonly credential: FederatedCredential
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/

/** The credential that a path names. Throws `malformed` `BadRequest` for what none can be called. */
export function parseCredentialAddress(request: OperationRequest): CredentialAddress {
  const identity = parseResource(request.path, identityType)
  const name = request.path['credentialName'] ?? ''
  if (!namePattern.test(name)) {
    throw new ServiceError(
      'malformed',
      'BadRequest',
      "The name of a federated credential has 3 to 120 characters: letters of the English alphabet, digits, '-' and '_'; the first is a letter or a digit.",
      { target: 'federatedIdentityCredentialResourceName' },
    )
  }
  return { target: childScope(identity.scope, credentialType, name), identity, name }
}

/** The identity that credentials belong to. Throws `not-found` `ParentResourceNotFound`. */
export async function requireParent(
  its: Pick<ResourceManagerDependencies, 'identities'>,
  reader: Reader,
  address: TypedResourceAddress,
): Promise<IdentityRecord> {
  const identity = await its.identities.findAt(reader, address)
  if (identity !== undefined) return identity
  throw new ServiceError(
    'not-found',
    'ParentResourceNotFound',
    `Failed to perform the operation on a nested resource. Parent resource '${address.name}' not found.`,
  )
}

/** A federated credential on the wire. */
export function renderCredential({ identity, credential }: ShownCredential): JsonObject {
  const { name, issuer, subject, audience } = credential
  return {
    id: `${identity.resourceId}/${credentialType}/${name}`,
    name,
    type: `${identityType}/${credentialType}`,
    properties: { issuer, subject, audiences: [audience] },
  }
}
