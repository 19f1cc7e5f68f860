import { openLogSource } from '#audit/verify.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { parseServerConfig, type ServeFlags, type ServerConfig } from './config.ts'
import { checkAudit } from './doctor/check-audit.ts'
import { checkAuthority } from './doctor/check-authority.ts'
import { checkClock } from './doctor/check-clock.ts'
import { checkDatabase } from './doctor/check-database.ts'
import { checkKey } from './doctor/check-key.ts'
import { checkModes } from './doctor/check-modes.ts'
import { type Finding, skipped, wrong } from './doctor/finding.ts'
import type { InspectedDatabase } from './doctor/inspected-database.ts'

/** The checks in the order of their exit codes. */
export const doctorChecks = [
  { name: 'modes', exitCode: 10 },
  { name: 'key', exitCode: 11 },
  { name: 'database', exitCode: 12 },
  { name: 'authority', exitCode: 13 },
  { name: 'clock', exitCode: 14 },
  { name: 'audit', exitCode: 15 },
] as const

export type DoctorCheck = (typeof doctorChecks)[number]['name']

/** What one check found. */
export interface CheckedPart extends Finding {
  readonly check: DoctorCheck
}

/**
 * Looks an installation over and changes nothing; its server may be running. One finding per check, in order. Throws
 * `malformed` / `InvalidConfiguration` for flags that describe none.
 */
export async function examineInstallation(flags: ServeFlags, clock: Clock): Promise<readonly CheckedPart[]> {
  const config = parseServerConfig(flags)
  const modes = await asFinding(() => checkModes(config.dataDirectory))
  const { finding: database, inspected } = await checkDatabase(config, clock)
  if (inspected === undefined) return inOrder({ modes, database })
  try {
    const { finding: key, seal } = await checkKey(config, inspected)
    const authority = await asFinding(() => checkAuthority(inspected, clock))
    const source = await openSource(config, inspected)
    return inOrder({
      modes,
      database,
      key,
      authority,
      clock: await asFinding(() => checkClock(inspected, source, clock)),
      ...(seal === undefined ? {} : { audit: await asFinding(() => checkAudit({ config, inspected, source, seal })) }),
    })
  } finally {
    await inspected.close()
  }
}

function inOrder(findings: Readonly<Partial<Record<DoctorCheck, Finding>>>): readonly CheckedPart[] {
  return doctorChecks.map(({ name }) => ({
    check: name,
    ...(findings[name] ?? skipped('Not checked, for what it needs could not be opened.')),
  }))
}

async function openSource(config: ServerConfig, inspected: InspectedDatabase) {
  if (inspected.source !== undefined) return inspected.source
  try {
    return await openLogSource(config.dataDirectory)
  } catch (failure) {
    if (failure instanceof ServiceError && failure.code === 'AuditLogNotFound') return undefined
    throw failure
  }
}

/** A refusal is a finding: what was wanted says itself what is wrong. */
async function asFinding(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check()
  } catch (failure) {
    if (failure instanceof ServiceError) return wrong(failure.message)
    throw failure
  }
}
