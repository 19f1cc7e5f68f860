import { childScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { formatConnectionId, renderConnectionState, vaultPath } from './vault-wire.ts'

const connectionType = `${vaultType}/privateEndpointConnections`
/** First api-version of private endpoint connections. */
export const connectionsSince = '2018-02-14'
export const connectionsPath = `${vaultPath}/privateEndpointConnections`
export const connectionPath = `${connectionsPath}/{connectionName}`

/** Which connection of which vault; `target` is its scope. */
export interface ConnectionAddress {
  readonly target: Scope
  readonly vault: TypedResourceAddress
  /** As the caller wrote it; comparison ignores letter case. */
  readonly name: string
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/

/** The connection that a path names. Throws `malformed` `InvalidResourceName`. */
export function parseConnectionAddress(path: Readonly<Record<string, string>>): ConnectionAddress {
  const vault = parseResource(path, vaultType)
  const name = path['connectionName'] ?? ''
  if (!namePattern.test(name)) {
    throw new ServiceError(
      'malformed',
      'InvalidResourceName',
      `The name of a '${connectionType}' holds characters that are not allowed.`,
      { target: 'connectionName' },
    )
  }
  return { target: childScope(vault.scope, 'privateEndpointConnections', name), vault, name }
}

/** What the vault's owner said about this endpoint; undefined when nothing. */
export function findConnection({ settings }: VaultRecord, name: string): PrivateEndpointConnection | undefined {
  return settings.privateEndpointConnections.find((connection) => isNamed(connection, name))
}

/**
 * The connections of a vault by name: what its owner said, and each private endpoint of this server about which nothing was
 * said yet, as pending.
 */
export function connectionsOf(
  vault: VaultRecord,
  privateEndpoints: readonly string[],
): readonly PrivateEndpointConnection[] {
  const pending = privateEndpoints.filter((name) => findConnection(vault, name) === undefined).map(pendingConnection)
  return [...vault.settings.privateEndpointConnections, ...pending].sort((one, other) =>
    one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1,
  )
}

/** The connection of this name. Throws `not-found` `ResourceNotFound`. */
export function requireConnection(
  vault: VaultRecord,
  { privateEndpoints, name }: { readonly privateEndpoints: readonly string[]; readonly name: string },
): PrivateEndpointConnection {
  const found = connectionsOf(vault, privateEndpoints).find((connection) => isNamed(connection, name))
  if (found !== undefined) return found
  throw new ServiceError(
    'not-found',
    'ResourceNotFound',
    `The private endpoint connection '${name}' of the vault '${vault.address.name}' was not found.`,
    { target: 'connectionName' },
  )
}

export function isNamed(connection: PrivateEndpointConnection, name: string): boolean {
  return connection.name.toLowerCase() === name.toLowerCase()
}

function pendingConnection(name: string): PrivateEndpointConnection {
  return { name, status: 'Pending', description: '' }
}

/** A connection on the wire. Source: contracts/resource-manager-and-container-apps.md §3. */
export function renderConnection(
  { address, location }: VaultRecord,
  connection: PrivateEndpointConnection,
): JsonObject {
  return {
    id: formatConnectionId(address, connection.name),
    name: connection.name,
    type: connectionType,
    location,
    properties: renderConnectionState(connection),
  }
}
