import type { AccessPolicy } from '#authorization/access-policies.ts'
import type { SecretName, SubscriptionId, TenantId, VaultId, VaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Author, ResourceQuery, Tags, TrackedResource } from './tracked-resource.ts'

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
export interface VaultSecretResources {
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
