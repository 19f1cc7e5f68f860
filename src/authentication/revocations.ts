import type { PrincipalId, TenantId } from '#base/ids.ts'
import type { Database } from '#storage/database.ts'
import { loadPrincipalStanding, type PrincipalStanding } from './principal-standing.ts'

/** Whether tokens are still good before their time is over. */
export interface Revocations {
  /** The tenant's revocation epoch as this process last saw it; undefined before anything was loaded. Does no I/O. */
  knownEpoch(tenant: TenantId): number | undefined
  /** A principal's standing together with the epoch it was read at, in one snapshot. Throws `unavailable` without a database. */
  load(tenant: TenantId, principal: PrincipalId): Promise<LoadedStanding>
}

interface LoadedStanding {
  readonly epoch: number
  /** Undefined: there is no such principal. */
  readonly standing: PrincipalStanding | undefined
}

/** Revocations as the database holds them. Nothing is kept here: what a check found is kept with the verified token. */
export function createRevocations(dependencies: {
  readonly database: Pick<Database, 'knownFreshness' | 'read'>
}): Revocations {
  const { database } = dependencies
  return {
    knownEpoch: (tenant) => database.knownFreshness(tenant)?.epoch,
    load: (tenant, principal) =>
      database.read({ tenant, consistency: 'snapshot' }, async (reader) => ({
        epoch: reader.freshness.epoch,
        standing: await loadPrincipalStanding(reader, principal),
      })),
  }
}
