import { ServiceError } from '#base/errors.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { parseExtensionScope } from '../../extension-scope.ts'
import { type TypedResourceAddress, tryParseResourceId } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'

/** First api-version of diagnostic settings that clients are seen to use. */
export const diagnosticsSince = '2016-09-01'
export const diagnosticsPath = '/{scope...}/providers/Microsoft.Insights'

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
