import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { findSetting } from '../../diagnostic-setting-store.ts'
import { requireVault } from '../../find-vault.ts'
import { respondJson } from '../../wire.ts'
import { diagnosticsSince } from './diagnosed-vault.ts'
import {
  parseSettingAddress,
  renderSetting,
  type SettingAddress,
  type ShownSetting,
  settingNotFound,
  settingPath,
} from './diagnostic-setting-wire.ts'

/** DiagnosticSettings_Get. */
export function getDiagnosticSetting(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<SettingAddress, undefined, ShownSetting> {
  return defineOperation({
    id: 'DiagnosticSettings_Get',
    method: 'GET',
    path: settingPath,
    since: diagnosticsSince,
    access: 'read',
    parse: parseSettingAddress,
    requirements: (_context, { vault }) => [
      { anyOf: [action('Microsoft.Insights/diagnosticSettings/read')], scope: vault.scope },
    ],
    async handle({ transaction }, address) {
      const { id } = await requireVault(its, transaction, address.vault)
      const setting = await findSetting(transaction, id, address.name)
      if (setting === undefined) throw settingNotFound(address)
      return { vault: address.vault, setting }
    },
    respond: (shown) => respondJson(200, renderSetting(shown)),
    audit: auditTarget('Microsoft.Insights/diagnosticSettings/read'),
  })
}
