import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeSetting } from '../../diagnostic-setting-store.ts'
import { requireVault } from '../../find-vault.ts'
import { respondEmpty } from '../../wire.ts'
import { diagnosticsSince } from './diagnosed-vault.ts'
import { parseSettingAddress, type SettingAddress, settingPath } from './diagnostic-setting-wire.ts'

/** DiagnosticSettings_Delete: 200, or 204 when there was none. */
export function deleteDiagnosticSetting(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<SettingAddress, undefined, boolean> {
  return defineOperation({
    id: 'DiagnosticSettings_Delete',
    method: 'DELETE',
    path: settingPath,
    since: diagnosticsSince,
    access: 'write',
    // What is written beside it is checked against the settings that are there.
    moves: 'generation',
    parse: parseSettingAddress,
    requirements: (_context, { vault }) => [
      { anyOf: [action('Microsoft.Insights/diagnosticSettings/delete')], scope: vault.scope },
    ],
    async handle({ transaction }, { vault, name }) {
      const { id } = await requireVault(its, transaction, vault)
      return removeSetting(transaction, id, name)
    },
    respond: (existed) => respondEmpty(existed ? 200 : 204),
    audit: auditTarget('Microsoft.Insights/diagnosticSettings/delete'),
  })
}
