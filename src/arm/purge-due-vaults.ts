import { vaultPurger } from '#authorization/built-in-principals.ts'
import { rootScope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import type { BackgroundCalls } from '#operation/background-calls.ts'
import type { Surface } from '#operation/operation.ts'
import { purgeDueVault } from './providers/microsoft-keyvault/purge-deleted-vault.ts'
import type { VaultResources } from './vault-resources.ts'

const claimedAtOnce = 20

/**
 * Purges the deleted vaults whose time has come, purge-protected ones too. Each is claimed through the database, so that of
 * several server processes one does it, and purged by a recorded call of the built-in purger; one that fails is tried again
 * when its claim ends.
 */
export async function purgeDueVaults(its: {
  readonly vaults: VaultResources
  /** The resource manager's, in whose name the calls are recorded. */
  readonly surface: Surface
  readonly calls: BackgroundCalls
  readonly clock: Clock
}): Promise<void> {
  const operation = purgeDueVault(its)
  for (;;) {
    const due = await its.vaults.claimDue(its.clock.now(), claimedAtOnce)
    for (const { tenant, address, location } of due) {
      await its.calls.run({
        surface: its.surface,
        operation,
        principal: vaultPurger,
        place: { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' },
        path: { subscriptionId: address.subscription, location, name: address.name },
        origin: 'https://management.azure.com',
      })
    }
    if (due.length < claimedAtOnce) return
  }
}
