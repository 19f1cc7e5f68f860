import type { TenantId } from '#base/ids.ts'
import type { Database } from '#storage/database.ts'
import { ensureDomain } from './create-seal.ts'
import type { DomainSealer, Seal } from './seal.ts'

/** Gives the sealer of what a tenant's resources keep secret. Makes its domain key at first use: call it outside transactions. */
export type ResourceSealer = (tenant: TenantId) => Promise<DomainSealer>

/** Sealers of the domains `tenant/<guid>/resources`: inline secrets of container apps, keys of workspaces. */
export function createResourceSealer(dependencies: {
  readonly database: Database
  readonly seal: Seal
}): ResourceSealer {
  const { database, seal } = dependencies
  return (tenant) => ensureDomain(database, seal, `tenant/${tenant}/resources`)
}
