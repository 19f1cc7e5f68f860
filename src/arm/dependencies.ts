import type { TenantId } from '#base/ids.ts'
import type { Surface } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type {
  AppSecretResources,
  ContainerAppResources,
  EnvironmentResources,
  RevisionResources,
  WorkspaceResources,
} from './container-app-resources.ts'
import type { IdentityResources } from './identity-resources.ts'
import type { VaultResources, VaultSecretResources } from './vault-resources.ts'

/** The public names that belong to the host a client used: literal Azure names, or the operator's own. No trailing slash. */
export interface PublicNames {
  /** `https://login.microsoftonline.com`, `https://login.localhost:8443`. */
  readonly loginOrigin: string
  readonly graphOrigin: string
  readonly portalOrigin: string
  /** What follows a vault's name and a dot: `vault.azure.net`, `vault.localhost:8443`. */
  readonly vaultSuffix: string
}

/** What the resource manager needs of others. */
export interface ResourceManagerDependencies {
  readonly vaults: VaultResources
  readonly vaultSecrets: VaultSecretResources
  readonly environments: EnvironmentResources
  readonly apps: ContainerAppResources
  readonly revisions: RevisionResources
  readonly appSecrets: AppSecretResources
  readonly workspaces: WorkspaceResources
  /** The sealer of what a tenant's resources keep secret. Call it before a transaction. */
  readonly sealerOf: (tenant: TenantId) => Promise<DomainSealer>
  readonly identities: IdentityResources
  /** The names of this server's private endpoints. */
  readonly privateEndpoints: readonly string[]
  /** The names of the audit sinks in the server's configuration; diagnostic settings choose among them. */
  readonly auditSinks: readonly string[]
  /** `origin` is a request's `https://host[:port]`. Does no I/O. */
  readonly namesFor: (origin: string) => PublicNames
  /** Accepts tokens for the resource manager's audiences. */
  readonly authenticate: NonNullable<Surface['authenticate']>
}
