import type { Clock } from '#base/clock.ts'
import type { BackgroundCalls } from '#operation/background-calls.ts'
import type { Place, Surface } from '#operation/operation.ts'
import { ensureDomain } from '#seal/create-seal.ts'
import type { Seal } from '#seal/seal.ts'
import type { Database } from '#storage/database.ts'
import type { VaultRules } from './network/vault-rules.ts'
import { purgeDueSecrets } from './scheduled-purge.ts'
import { type ControlPlaneSecrets, createControlPlaneSecrets } from './secrets/control-plane-secrets.ts'
import { OpenedSecrets, type OpenedSecretsLimits } from './secrets/opened-secrets.ts'
import { createPurgeDueSecret } from './secrets/purge-due-secret.ts'
import { backupDomain } from './secrets/secret-backup.ts'
import type { SecretDependencies } from './secrets/secret-dependencies.ts'
import { createVaultSurface } from './surface.ts'
import { VaultPlaces } from './vault-places.ts'
import { type VaultResources, VaultStore } from './vault-store.ts'

/** What keeps opened values short-lived and few, unless the operator switches it off. */
export const defaultOpenedSecrets: OpenedSecretsLimits = {
  maximumEntries: 1024,
  maximumBytes: 4 * 1024 * 1024,
  maximumSeconds: 30,
}

interface VaultDependencies {
  readonly database: Database
  readonly seal: Seal
  /** The same that the gate asks. */
  readonly rules: VaultRules
  /** Accepts tokens for the vaults' audiences. */
  readonly authenticate: NonNullable<Surface['authenticate']>
  readonly clock: Clock
  readonly settings: {
    /** Opened values in memory; `openedSecretsOff` keeps none. */
    readonly openedSecrets: OpenedSecretsLimits
  }
}

/** The Key Vault data plane, and the vaults themselves for the control plane. */
export interface Vault {
  readonly surface: Surface
  /** The place that a host's first label stands for, or undefined when no active vault has this name; at once if known. */
  resolve(name: string): Place | undefined | Promise<Place | undefined>
  readonly vaults: VaultResources
  /** Their secrets, for the control plane. */
  readonly secrets: ControlPlaneSecrets
  /** Purges what is due of the deleted secrets; a background job, safe with several servers on one database. */
  purgeDueSecrets(calls: BackgroundCalls): Promise<void>
  /** Overwrites the opened values and stops the timer that does so while serving. */
  close(): void
}

const sweepsPerLifetime = 4

/** Makes the vault surface. Does no I/O of its own; `close` must be called at shutdown. */
export function createVault({ database, seal, rules, authenticate, clock, settings }: VaultDependencies): Vault {
  const limits = settings.openedSecrets
  const opened = new OpenedSecrets(limits, clock)
  const places = new VaultPlaces({ database, rules })
  const vaults = new VaultStore({ database, seal, rules, opened })
  const sweeping =
    limits.maximumEntries > 0
      ? setInterval(() => opened.sweep(), (limits.maximumSeconds * 1000) / sweepsPerLifetime).unref()
      : undefined
  const dependencies: SecretDependencies = {
    seal,
    vaults,
    opened,
    backupSealer: (tenant) => ensureDomain(database, seal, backupDomain(tenant)),
  }
  const surface = createVaultSurface(dependencies, authenticate)
  const purgeDue = createPurgeDueSecret(dependencies)
  return {
    surface,
    resolve: (name) => places.resolve(name),
    vaults,
    secrets: createControlPlaneSecrets({ seal, places }),
    purgeDueSecrets: (calls) =>
      purgeDueSecrets(
        { database, clock, surface, purgeDue, placeOf: (tenant, id) => places.findById(tenant, id) },
        calls,
      ),
    close() {
      clearInterval(sweeping)
      opened.clear()
    },
  }
}
