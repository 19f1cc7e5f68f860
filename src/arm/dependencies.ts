import type { PrincipalId, SubscriptionId, TenantId, VaultId, VaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { Surface } from '#operation/operation.ts'
import type { Reader, Writer } from '#storage/database.ts'

/** Who wrote a resource, in the words of ARM's `systemData`. `by` is a user principal name or a client id. */
export interface Author {
  readonly by: string
  readonly type: 'User' | 'Application' | 'ManagedIdentity'
}

/** ARM's `systemData`, before it is on the wire. */
export interface ResourceHistory {
  readonly createdAt: Date
  readonly createdBy: Author
  readonly updatedAt: Date
  readonly updatedBy: Author
}

export type Tags = Readonly<Record<string, string>>

/** Which resource: names keep the caller's letter case, comparison ignores it. */
export interface ResourceAddress {
  readonly subscription: SubscriptionId
  readonly resourceGroup: string
  readonly name: string
}

/** The place of a row in a list ordered by resource group, then name, both in lower case. */
export interface ListPosition {
  readonly resourceGroup: string
  readonly name: string
}

/** One page of a list: rows of the subscription, or of one of its groups, that come after `after`. */
export interface ResourceQuery {
  readonly subscription: SubscriptionId
  /** Any letter case. */
  readonly resourceGroup?: string
  /** Any letter case; the one resource with this name. */
  readonly name?: string
  readonly after?: ListPosition
  readonly limit: number
}

/** What every tracked resource has. */
export interface TrackedResource {
  readonly address: ResourceAddress
  /** Canonical region name, `westeurope`. */
  readonly location: string
  readonly tags: Tags
  readonly history: ResourceHistory
}

/** What a vault's owner chose. Stored whole as the vault's properties document. */
export interface VaultSettings {
  readonly sku: 'standard' | 'premium'
  readonly enabledForDeployment: boolean
  readonly enabledForDiskEncryption: boolean
  readonly enabledForTemplateDeployment: boolean
  /** Irreversible once true. */
  readonly purgeProtection: boolean
  readonly networkBypass: 'AzureServices' | 'None'
}

export interface VaultRecord extends TrackedResource {
  readonly id: VaultId
  readonly settings: VaultSettings
  /** Days a deleted vault or secret can be recovered, 7 to 90. */
  readonly retentionDays: number
  readonly state: 'active' | 'deleted'
}

interface NewVault extends Omit<TrackedResource, 'history'> {
  readonly settings: VaultSettings
  readonly retentionDays: number
  readonly author: Author
}

interface VaultChanges {
  readonly tags: Tags
  readonly settings: VaultSettings
  readonly author: Author
}

/** The vaults that the resource manager creates; `vault/` keeps them. Rows are those of the reader's tenant alone. */
export interface VaultResources {
  /**
   * Makes a vault and its domain key in the caller's transaction. Undefined when the name is taken: names are unique
   * among all vaults, deleted ones included.
   */
  create(writer: Writer, vault: NewVault): Promise<VaultRecord | undefined>
  update(writer: Writer, id: VaultId, changes: VaultChanges): Promise<VaultRecord>
  /** The vault of this name in the reader's tenant, in whatever state. */
  findByName(reader: Reader, name: VaultName): Promise<VaultRecord | undefined>
  /** Active vaults, ordered by resource group and name. */
  list(reader: Reader, query: ResourceQuery): Promise<readonly VaultRecord[]>
}

export interface EnvironmentRecord extends TrackedResource {
  /** The stored document: `defaultDomain` and what the owner chose, without read-only members. */
  readonly properties: JsonObject
}

interface DesiredEnvironment extends Omit<TrackedResource, 'history'> {
  readonly properties: JsonObject
  readonly author: Author
}

/** Managed environments; `containerapps/` keeps them. */
interface EnvironmentResources {
  find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]>
  /** Creates or replaces. The default domain is given at creation and stays. */
  save(
    writer: Writer,
    desired: DesiredEnvironment,
  ): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }>
}

export interface ContainerAppRecord extends TrackedResource {
  /** The system-assigned identity, or undefined. */
  readonly identity: { readonly principalId: PrincipalId; readonly tenantId: TenantId } | undefined
  /** The stored document: `environmentId`, `workloadProfileName`, `configuration`, `template`; no nulls. */
  readonly properties: JsonObject
  /** `APP--SUFFIX`; a new one with each change of the template. */
  readonly revisionName: string
}

interface DesiredContainerApp extends Omit<TrackedResource, 'history'> {
  readonly systemAssignedIdentity: boolean
  readonly properties: JsonObject
  readonly author: Author
}

/** Container apps as desired state; `containerapps/` keeps them. */
interface ContainerAppResources {
  find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]>
  /**
   * Creates or replaces. In the same transaction the system-assigned identity's service principal is made or deleted, so
   * the caller's write must move the generation. Throws `conflict` for a revision suffix that is in use.
   */
  save(
    writer: Writer,
    desired: DesiredContainerApp,
  ): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }>
  /** Deletes the app and its system-assigned identity; false when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

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
  readonly environments: EnvironmentResources
  readonly apps: ContainerAppResources
  /** `origin` is a request's `https://host[:port]`. Does no I/O. */
  readonly namesFor: (origin: string) => PublicNames
  /** Accepts tokens for the resource manager's audiences. */
  readonly authenticate: NonNullable<Surface['authenticate']>
}
