import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { DiagnosticSetting } from '../../diagnostic-setting-store.ts'
import { extensionTarget } from '../../extension-scope.ts'
import { formatResourceId, type TypedResourceAddress } from '../../resource-id.ts'
import { diagnosticsPath, parseDiagnosedVault } from './diagnosed-vault.ts'

export const settingsPath = `${diagnosticsPath}/diagnosticSettings`
export const settingPath = `${settingsPath}/{name}`

const namePattern = /^[A-Za-z0-9_.()-][A-Za-z0-9_.() -]{0,259}$/

/** One setting of a vault, by its name as the caller wrote it. */
export interface SettingAddress {
  readonly target: Scope
  readonly vault: TypedResourceAddress
  readonly name: string
}

/** Throws `malformed` `ResourceTypeNotSupported` or `InvalidDiagnosticSettingName`. */
export function parseSettingAddress(request: OperationRequest): SettingAddress {
  const vault = parseDiagnosedVault(request)
  const name = request.path['name'] ?? ''
  if (!namePattern.test(name) || name === '.' || name === '..') {
    const message = "The name of a diagnostic setting has 1 to 260 letters, digits, blanks, '-', '.', '(', ')' or '_'."
    throw new ServiceError('malformed', 'InvalidDiagnosticSettingName', message, { target: 'name' })
  }
  return { target: extensionTarget(vault.scope, 'diagnosticSettings', name, 'Microsoft.Insights'), vault, name }
}

/** A setting and the vault as the caller wrote it. */
export interface ShownSetting {
  readonly vault: TypedResourceAddress
  readonly setting: DiagnosticSetting
}

/** A diagnostic setting on the wire. */
export function renderSetting({ vault, setting }: ShownSetting): JsonObject {
  return {
    id: `${formatResourceId(vault, vault.type)}/providers/Microsoft.Insights/diagnosticSettings/${setting.name}`,
    name: setting.name,
    type: 'Microsoft.Insights/diagnosticSettings',
    properties: setting.properties,
  }
}

/** `not-found` `ResourceNotFound`. */
export function settingNotFound({ vault, name }: SettingAddress): ServiceError {
  return new ServiceError(
    'not-found',
    'ResourceNotFound',
    `The Resource '${vault.type}/${vault.name}/providers/Microsoft.Insights/diagnosticSettings/${name}' under resource group '${vault.resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}
