import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { listSettings } from '../../diagnostic-setting-store.ts'
import { requireVault } from '../../find-vault.ts'
import type { TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { diagnosticsSince, parseDiagnosedVault } from './diagnosed-vault.ts'
import { renderSetting, type ShownSetting, settingsPath } from './diagnostic-setting-wire.ts'

interface Input {
  readonly target: Scope
  readonly vault: TypedResourceAddress
}

/** DiagnosticSettings_List. */
export function listDiagnosticSettings(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, { readonly rows: readonly ShownSetting[] }> {
  return defineOperation({
    id: 'DiagnosticSettings_List',
    method: 'GET',
    path: settingsPath,
    since: diagnosticsSince,
    access: 'read',
    parse(request): Input {
      const vault = parseDiagnosedVault(request)
      return { target: vault.scope, vault }
    },
    requirements: (_context, { vault }) => [
      { anyOf: [action('Microsoft.Insights/diagnosticSettings/read')], scope: vault.scope },
    ],
    async handle({ transaction }, { vault }) {
      const { id } = await requireVault(its, transaction, vault)
      return { rows: (await listSettings(transaction, id)).map((setting) => ({ vault, setting })) }
    },
    respond: ({ rows }) => respondJson(200, { value: rows.map(renderSetting) }),
    audit: auditList('Microsoft.Insights/diagnosticSettings/read'),
  })
}
