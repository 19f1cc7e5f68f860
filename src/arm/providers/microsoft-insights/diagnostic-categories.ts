import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { formatResourceId, quoteName, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { diagnosticsPath, diagnosticsSince, parseDiagnosedVault } from './diagnosed-vault.ts'
import { auditCategory } from './parse-diagnostic-setting.ts'

interface Input {
  readonly target: Scope
  readonly vault: TypedResourceAddress
}

type Its = Pick<ResourceManagerDependencies, 'vaults'>

const categoriesPath = `${diagnosticsPath}/diagnosticSettingsCategories`
const readCategories = action('Microsoft.Insights/diagnosticSettings/read')

/** DiagnosticSettingsCategory_List: what a vault has to deliver. */
export function listDiagnosticCategories(its: Its): Operation<Input, undefined, TypedResourceAddress> {
  return defineOperation({
    ...categoryReading(its),
    id: 'DiagnosticSettingsCategory_List',
    path: categoriesPath,
    parse(request): Input {
      const vault = parseDiagnosedVault(request)
      return { target: vault.scope, vault }
    },
    respond: (vault) => respondJson(200, { value: [renderCategory(vault)] }),
  })
}

/** DiagnosticSettingsCategory_Get. */
export function getDiagnosticCategory(its: Its): Operation<Input, undefined, TypedResourceAddress> {
  return defineOperation({
    ...categoryReading(its),
    id: 'DiagnosticSettingsCategory_Get',
    path: `${categoriesPath}/{category}`,
    parse(request): Input {
      const vault = parseDiagnosedVault(request)
      const name = request.path['category'] ?? ''
      if (name.toLowerCase() !== auditCategory.toLowerCase()) {
        const message = `The category ${quoteName(name)} is not supported.`
        throw new ServiceError('not-found', 'CategoryNotFound', message, { target: 'name' })
      }
      return { target: vault.scope, vault }
    },
    respond: (vault) => respondJson(200, renderCategory(vault)),
  })
}

function categoryReading(its: Its) {
  return {
    method: 'GET' as const,
    since: diagnosticsSince,
    access: 'read' as const,
    requirements: (_context: unknown, { vault }: Input) =>
      [{ anyOf: [readCategories] as const, scope: vault.scope }] as const,
    async handle({ transaction }: { readonly transaction: Reader }, { vault }: Input) {
      await requireVault(its, transaction, vault)
      return vault
    },
    audit: auditTarget('Microsoft.Insights/diagnosticSettingsCategories/read'),
  }
}

function renderCategory(vault: TypedResourceAddress): JsonObject {
  const id = formatResourceId(vault, vault.type)
  return {
    id: `${id}/providers/Microsoft.Insights/diagnosticSettingsCategories/${auditCategory}`,
    name: auditCategory,
    type: 'Microsoft.Insights/diagnosticSettingsCategories',
    properties: { categoryType: 'Logs', categoryGroups: ['audit', 'allLogs'] },
  }
}
