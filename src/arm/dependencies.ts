import type { AccessPolicy } from '#authorization/access-policies.ts'
import type {
  ClientId,
  Guid,
  PrincipalId,
  SecretName,
  SubscriptionId,
  TenantId,
  VaultId,
  VaultName,
} from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { Surface } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
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
  readonly networkDefaultAction: 'Allow' | 'Deny'
  /** Addresses and CIDR ranges of both families, as they were written. */
  readonly ipRules: readonly string[]
  readonly virtualNetworkRules: readonly { readonly id: string; readonly ignoreMissingVnetServiceEndpoint: boolean }[]
  /** `Disabled` admits private endpoints only, whatever the rules say. */
  readonly publicNetworkAccess: 'Enabled' | 'Disabled'
  readonly privateEndpointConnections: readonly PrivateEndpointConnection[]
  /** Whether roles decide what is done with the vault's contents; else its access policies do. */
  readonly rbacAuthorization: boolean
  /** Kept, and counting for nothing, while roles decide. At most one for each object and application. */
  readonly accessPolicies: readonly AccessPolicy[]
}

/** What a vault's owner said about a source network; `name` is the private endpoint's in the server's configuration. */
export interface PrivateEndpointConnection {
  readonly name: string
  readonly status: 'Approved' | 'Pending' | 'Rejected'
  readonly description: string
}

export interface VaultRecord extends TrackedResource {
  readonly id: VaultId
  readonly settings: VaultSettings
  /** Days a deleted vault or secret can be recovered, 7 to 90. */
  readonly retentionDays: number
  readonly state: 'active' | 'deleted'
  /** Of a deleted vault: since when, and from when on it is purged. */
  readonly deletion: { readonly deletedAt: Date; readonly scheduledPurgeAt: Date } | undefined
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

/** A secret's latest version as the control plane shows it: everything but the value. */
export interface VaultSecretRecord {
  readonly name: string
  readonly version: string
  readonly contentType: string | undefined
  readonly enabled: boolean
  /** Unix seconds, these four. */
  readonly notBeforeSeconds: number | undefined
  readonly expiresSeconds: number | undefined
  readonly createdSeconds: number
  readonly updatedSeconds: number
  /** JSON text of an object of strings. */
  readonly tagsJson: string | undefined
  readonly previousVersion: string | undefined
}

/** What may change of a version; an absent member stays. */
export interface VaultSecretChanges {
  readonly contentType?: string
  readonly attributes: {
    readonly enabled?: boolean
    readonly notBeforeSeconds?: number
    readonly expiresSeconds?: number
  }
  readonly tagsJson?: string
}

export interface NewVaultSecret extends VaultSecretChanges {
  readonly value: SecretValue
}

/** A value sealed for one version of one secret of one vault. */
export interface SealedVaultSecret {
  readonly vault: VaultId
  readonly version: string
  readonly sealedKey: Buffer
  readonly sealedValue: Buffer
}

type VaultSecretKey = { readonly vault: VaultId; readonly name: SecretName }
type SealedVersion = { readonly sealed: SealedVaultSecret; readonly given: NewVaultSecret }

/**
 * The secrets of vaults, written and described by the rules of the data plane; `vault/` keeps them. A value goes in and never
 * comes out.
 */
interface VaultSecretResources {
  /** What `{value, contentType, attributes, tags}` asks for. Throws `malformed` `BadParameter`; so does the next. */
  parseNew(document: JsonObject): NewVaultSecret
  parseChanges(document: JsonObject): VaultSecretChanges
  /** Seals a value before the transaction; undefined when the tenant has no active vault of this name. */
  seal(
    where: { readonly tenant: TenantId; readonly vaultName: string; readonly name: SecretName },
    value: SecretValue,
  ): Promise<SealedVaultSecret | undefined>
  /** Stores a new version. Throws `conflict` `Conflict` while a deleted secret has the name. */
  set(writer: Writer, name: SecretName, version: SealedVersion): Promise<VaultSecretRecord>
  /** Stores a new version that takes from the latest what is not given; undefined when there is no such secret. */
  replace(writer: Writer, name: SecretName, version: SealedVersion): Promise<VaultSecretRecord | undefined>
  /** Changes the latest version's metadata; undefined when there is no such secret. */
  update(writer: Writer, key: VaultSecretKey, changes: VaultSecretChanges): Promise<VaultSecretRecord | undefined>
  find(reader: Reader, key: VaultSecretKey): Promise<VaultSecretRecord | undefined>
  /** By name in lower case, those after `after`; `lastKey` when there are more. */
  list(
    reader: Reader,
    vault: VaultId,
    page: { readonly after: string; readonly size: number },
  ): Promise<{ readonly items: readonly VaultSecretRecord[]; readonly lastKey: string | undefined }>
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
  /** Whether any vault of the installation has this name, in whatever tenant and state. */
  isNameTaken(reader: Reader, name: VaultName): Promise<boolean>
  /** Deleted vaults of a subscription whose names, in lower case, come after `after`; ordered by name. */
  listDeleted(
    reader: Reader,
    query: { readonly subscription: SubscriptionId; readonly after?: string; readonly limit: number },
  ): Promise<readonly VaultRecord[]>
  /** Soft-deletes an active vault. These three must move the generation. Throws `not-found` `VaultNotFound`. */
  delete(writer: Writer, vault: Pick<VaultRecord, 'id' | 'retentionDays'>): Promise<VaultRecord>
  /** Makes a deleted vault active again, as it was. Throws `not-found` `VaultNotFound`. */
  recover(writer: Writer, id: VaultId, author: Author): Promise<VaultRecord>
  /** Destroys a deleted vault, its domain key and its rows; false when it is not deleted. */
  purge(writer: Writer, id: VaultId): Promise<boolean>
  /**
   * The deleted vaults, of all tenants, whose time has come, claimed for this server process: no other one is given them for
   * ten minutes.
   */
  claimDue(now: Date, limit: number): Promise<readonly (VaultRecord & { readonly tenant: TenantId })[]>
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
export interface EnvironmentResources {
  find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]>
  /** Creates or replaces. The default domain is given at creation and stays. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredEnvironment,
  ): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }>
  /** Deletes the environment alone; false when there was none. Ask `apps.listIn` first: its apps are left behind. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** A user-assigned identity of an app. Another identity that comes later under the same id is not the app's. */
export interface AssignedIdentity {
  readonly resourceId: string
  readonly principalId: PrincipalId
}

export interface ContainerAppRecord extends TrackedResource {
  /** Unlike the name it is never used again. */
  readonly id: Guid
  /** The system-assigned identity, or undefined. */
  readonly identity: { readonly principalId: PrincipalId; readonly tenantId: TenantId } | undefined
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  /**
   * The stored document: `environmentId`, `workloadProfileName`, `configuration`, `template`; no nulls.
   * `configuration.secrets` names every secret; no value of one is in here.
   */
  readonly properties: JsonObject
  /** `APP--SUFFIX`; a new one with each change of the template. */
  readonly revisionName: string
}

interface DesiredContainerApp extends Omit<TrackedResource, 'history'> {
  readonly systemAssignedIdentity: boolean
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  readonly properties: JsonObject
  /** New values of inline secrets by name. Those of `properties.configuration.secrets` that are not in here keep theirs. */
  readonly secretValues: ReadonlyMap<string, SecretValue>
  readonly author: Author
}

/** Container apps as desired state; `containerapps/` keeps them. */
export interface ContainerAppResources {
  find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]>
  /** Apps in the environment with this ARM id, in any letter case; only those of one name, if given. */
  listIn(
    reader: Reader,
    environmentId: string,
    query: { readonly name?: string; readonly limit: number },
  ): Promise<readonly ContainerAppRecord[]>
  /**
   * Creates or replaces. In the same transaction the system-assigned identity's service principal is made or deleted, so
   * the caller's write must move the generation; new secret values are sealed, and a changed template becomes a revision.
   * Throws `conflict` for a revision suffix that is in use.
   */
  save(
    writer: Writer,
    desired: DesiredContainerApp,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }>
  /** Deletes the app with its system-assigned identity, revisions and secrets; false when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** A revision: the template that an app had, for as long as it is kept. */
export interface RevisionRecord {
  /** `APP--SUFFIX`. */
  readonly name: string
  /** From 1, in the order of creation. */
  readonly ordinal: number
  readonly template: JsonObject
  readonly active: boolean
  readonly createdAt: Date
}

/** The revisions of an app, by the app's id. */
export interface RevisionResources {
  /** Newest first; those older than `before`, if given. */
  list(
    reader: Reader,
    app: Guid,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly RevisionRecord[]>
  /** Any letter case. */
  find(reader: Reader, app: Guid, name: string): Promise<RevisionRecord | undefined>
  /** Newest first. */
  listActive(reader: Reader, app: Guid): Promise<readonly RevisionRecord[]>
  /** False when there is no such revision. */
  setActive(writer: Writer, app: Guid, name: string, active: boolean): Promise<boolean>
}

/** The values of inline secrets, by the app's id. */
interface AppSecretResources {
  /** By name. */
  openAll(reader: Reader, app: Guid, sealer: DomainSealer): Promise<ReadonlyMap<string, SecretValue>>
}

/** A Log Analytics workspace, which environments are pointed at. It holds no logs. */
export interface WorkspaceRecord extends TrackedResource {
  /** The workspace id; given at creation and never used again. */
  readonly customerId: Guid
  /** The stored document: what the owner chose. */
  readonly properties: JsonObject
}

interface DesiredWorkspace extends Omit<TrackedResource, 'history'> {
  readonly properties: JsonObject
  readonly author: Author
}

/** Log Analytics workspaces; `containerapps/` keeps them. */
export interface WorkspaceResources {
  find(reader: Reader, address: ResourceAddress): Promise<WorkspaceRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly WorkspaceRecord[]>
  /** Creates or replaces. Keys are made at creation and stay. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredWorkspace,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly workspace: WorkspaceRecord }>
  /** The keys of the workspace at this address, base64; undefined when there is none. */
  keys(
    reader: Reader,
    address: ResourceAddress,
    sealer: DomainSealer,
  ): Promise<{ readonly primary: SecretValue; readonly secondary: SecretValue } | undefined>
  /** False when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** A user-assigned identity, as whoever assigns it to a resource needs to know it. */
export interface AssignableIdentity {
  /** `/subscriptions/…/resourcegroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`, as it is shown. */
  readonly resourceId: string
  readonly principalId: PrincipalId
  readonly clientId: ClientId
}

/** The user-assigned identities that exist. */
export interface AssignableIdentities {
  /** The identity with this resource id, in any letter case; undefined when there is none. */
  find(reader: Reader, resourceId: string): Promise<AssignableIdentity | undefined>
}

/** A user-assigned identity as a resource. */
export interface IdentityRecord extends TrackedResource, AssignableIdentity {}

interface DesiredIdentity extends Omit<TrackedResource, 'history'> {
  readonly author: Author
}

/** The user-assigned identities that the resource manager creates; `directory/` keeps them with their service principals. */
export interface IdentityResources extends AssignableIdentities {
  findAt(reader: Reader, address: ResourceAddress): Promise<IdentityRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly IdentityRecord[]>
  /** Creates with a new service principal, or replaces the tags. The write must move the generation. */
  save(
    writer: Writer,
    desired: DesiredIdentity,
  ): Promise<{ readonly created: boolean; readonly identity: IdentityRecord }>
  /**
   * Deletes it with its service principal and credentials; false when there was none. Its tokens end: the write must move
   * generation and epoch.
   */
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
