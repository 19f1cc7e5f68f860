import { ensureAuditKey } from '#audit/audit-key.ts'
import { readKeptCheckpoints } from '#audit/kept-checkpoints.ts'
import type { LogSource } from '#audit/log-source.ts'
import { verifyLog } from '#audit/verify.ts'
import { trustGuid } from '#base/ids.ts'
import { loadInstallationValues } from '#seal/installation-store.ts'
import type { Seal } from '#seal/seal.ts'
import type { ServerConfig } from '../config.ts'
import { type Finding, warning, well, wrong } from './finding.ts'
import type { InspectedDatabase } from './inspected-database.ts'

export interface AuditCheck {
  readonly config: ServerConfig
  readonly inspected: InspectedDatabase
  readonly source: LogSource | undefined
  readonly seal: Seal
}

/**
 * That every record is what this installation's own key signed, and that the log is not behind the checkpoints kept in their
 * second place. Whoever holds the sealed key could have signed another log: `audit verify` with a pinned key tells.
 */
export async function checkAudit({ config, inspected, source, seal }: AuditCheck): Promise<Finding> {
  const { database } = inspected
  const values = await database.system('read', (kysely) =>
    loadInstallationValues(kysely, ['installation-id', 'audit.key']),
  )
  const installation = values.get('installation-id')
  if (installation === undefined || !values.has('audit.key')) return wrong('The database has no key of the audit log.')
  if (source === undefined) return wrong('There is no audit log, although the installation has a key for it.')
  const { verifier } = await ensureAuditKey(database, await seal.domain('audit'), trustGuid(installation))
  const outsideCheckpoints = await readKeptCheckpoints(config.checkpointFile)
  const verdict = await verifyLog(source, { verifierKey: verifier.verifierKey, outsideCheckpoints })
  if (verdict.outcome === 'wrong') return wrong(verdict.sentence)
  const records = verdict.lanes.reduce((sum, lane) => sum + lane.size, 0)
  const held = `The audit log of ${records} records is what this installation's key signed`
  return outsideCheckpoints.length === 0
    ? warning(`${held}, but no checkpoint is kept in a second place: nothing would show that records were cut off.`)
    : well(`${held}, and holds the checkpoints kept in their second place.`)
}
