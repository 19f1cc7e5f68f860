import { ServiceError } from '#base/errors.ts'
import { canonicalName, tryParseVaultName } from '#base/ids.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceManagerDependencies, VaultRecord } from '../../dependencies.ts'
import { parseExtensionScope } from '../../extension-scope.ts'
import { resourceNotFound, type TypedResourceAddress, tryParseResourceId } from '../../resource-id.ts'

/** First api-version of diagnostic settings that clients are seen to use. */
export const diagnosticsSince = '2016-09-01'
export const diagnosticsPath = '/{scope...}/providers/Microsoft.Insights'

const vaultType = 'Microsoft.KeyVault/vaults'

/** The vault whose diagnostics a path is about. Throws `malformed` `ResourceTypeNotSupported` for anything else. */
export function parseDiagnosedVault(request: OperationRequest): TypedResourceAddress {
  const { scope, written } = parseExtensionScope(request)
  const address = tryParseResourceId(written, vaultType)
  if (address !== undefined) return address
  const at = scope.segments.lastIndexOf('providers')
  const type = at === -1 ? 'microsoft.resources/subscriptions' : scope.segments.slice(at + 1, at + 3).join('/')
  const message = `The resource type '${type}' does not support diagnostic settings.`
  throw new ServiceError('malformed', 'ResourceTypeNotSupported', message, { target: 'resourceUri' })
}

/** The active vault at that address. Throws `not-found` `ResourceNotFound`. */
export async function requireDiagnosedVault(
  { vaults }: Pick<ResourceManagerDependencies, 'vaults'>,
  reader: Reader,
  address: TypedResourceAddress,
): Promise<VaultRecord> {
  const name = tryParseVaultName(address.name)
  const vault = name === undefined ? undefined : await vaults.findByName(reader, name)
  if (
    vault?.state !== 'active' ||
    vault.address.subscription !== address.subscription ||
    canonicalName(vault.address.resourceGroup) !== canonicalName(address.resourceGroup)
  ) {
    throw resourceNotFound(address)
  }
  return vault
}
