import { secretPurger } from '#authorization/built-in-principals.ts'
import type { Clock } from '#base/clock.ts'
import type { Guid, TenantId } from '#base/ids.ts'
import type { BackgroundCalls } from '#operation/background-calls.ts'
import type { Operation, Place, Surface } from '#operation/operation.ts'
import type { Database } from '#storage/database.ts'
import { claimDueSecrets, findTenantsWithDueSecrets } from './secrets/deleted-secret-store.ts'

interface ScheduledPurgeDependencies {
  readonly database: Database
  readonly clock: Clock
  /** The surface whose dialect and name the calls have; `purgeDue` is not among its operations. */
  readonly surface: Surface
  readonly purgeDue: Operation
  /** The place of a vault in whatever state, or undefined when it was purged. */
  placeOf(tenant: TenantId, vault: Guid): Promise<Place | undefined>
}

/** What one round claims in a tenant, so that a round ends soon when the server stops. */
const claimedPerRound = 250

/**
 * Purges deleted secrets whose retention has passed, also of deleted vaults. Any number of servers may do so at the same time:
 * each claims its own share in the database. What fails is tried again when its claim has lapsed.
 */
export async function purgeDueSecrets(its: ScheduledPurgeDependencies, calls: BackgroundCalls): Promise<void> {
  for (const tenant of await findTenantsWithDueSecrets(its.database, its.clock.now())) {
    const due = await its.database.write({ tenant }, (writer) => claimDueSecrets(writer, claimedPerRound))
    const places = new Map<Guid, Place | undefined>()
    for (const { vault, canonical } of due) {
      if (!places.has(vault)) places.set(vault, await its.placeOf(tenant, vault))
      const place = places.get(vault)
      if (place === undefined) continue
      await calls.run({
        surface: its.surface,
        operation: its.purgeDue,
        principal: secretPurger,
        // It comes through no host and no network: what a vault asks of connections and access policies is not asked of it.
        place: { ...place, kind: 'tenant' },
        path: { name: canonical },
        origin: `https://${place.name}.vault.azure.net`,
      })
    }
  }
}
