import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { type DiagnosticSetting, listSettings, saveSetting } from '../../diagnostic-setting-store.ts'
import { requireVault } from '../../find-vault.ts'
import { respondJson } from '../../wire.ts'
import { diagnosticsSince } from './diagnosed-vault.ts'
import {
  parseSettingAddress,
  renderSetting,
  type SettingAddress,
  type ShownSetting,
  settingPath,
} from './diagnostic-setting-wire.ts'
import { auditCategory, type DesiredSetting, parseDiagnosticSetting } from './parse-diagnostic-setting.ts'

type Input = SettingAddress & { readonly desired: DesiredSetting }

/** Azure's limit. */
const maximumSettings = 5

/** DiagnosticSettings_CreateOrUpdate: from the next record on, the sinks it names get those of the vault. */
export function putDiagnosticSetting(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'auditSinks'>,
): Operation<Input, undefined, ShownSetting> {
  return defineOperation({
    id: 'DiagnosticSettings_CreateOrUpdate',
    method: 'PUT',
    path: settingPath,
    since: diagnosticsSince,
    access: 'write',
    // Settings are written one after the other: their number and the sinks of the others are checked first.
    moves: 'generation',
    parse(request): Input {
      const address = parseSettingAddress(request)
      return { ...address, desired: parseDiagnosticSetting(parseObjectBody(request), its.auditSinks) }
    },
    requirements: (_context, { vault }) => [
      { anyOf: [action('Microsoft.Insights/diagnosticSettings/write')], scope: vault.scope },
    ],
    async handle({ transaction }, { vault, name, desired }) {
      const { id } = await requireVault(its, transaction, vault)
      const settings = await listSettings(transaction, id)
      const former = settings.find((setting) => canonicalName(setting.name) === canonicalName(name))
      refuseReuse(settings, { former, desired })
      if (former === undefined && settings.length >= maximumSettings) {
        const message = `A resource has at most ${maximumSettings} diagnostic settings.`
        throw new ServiceError('conflict', 'DiagnosticSettingsLimitReached', message)
      }
      const setting: DiagnosticSetting = {
        vault: id,
        scopePath: vault.scope.path,
        name: former?.name ?? name,
        properties: desired.properties,
        sinks: desired.sinks,
      }
      await saveSetting(transaction, setting)
      return { vault, setting }
    },
    respond: (shown) => respondJson(200, renderSetting(shown)),
    audit: auditTarget('Microsoft.Insights/diagnosticSettings/write', ({ desired }: Input) => ({
      sinks: desired.sinks.join(','),
    })),
  })
}

/** Throws `conflict` `Conflict` where another setting sends the same records to the same sink. */
function refuseReuse(
  settings: readonly DiagnosticSetting[],
  { former, desired }: { readonly former: DiagnosticSetting | undefined; readonly desired: DesiredSetting },
): void {
  for (const other of settings) {
    if (other === former) continue
    const reused = desired.sinks.find((sink) => other.sinks.includes(sink))
    if (reused === undefined) continue
    const message = `Data sink '${reused}' is already used in diagnostic setting '${other.name}' for category '${auditCategory}'. Data sinks can't be reused in different settings on the same category for the same resource.`
    throw new ServiceError('conflict', 'Conflict', message)
  }
}
