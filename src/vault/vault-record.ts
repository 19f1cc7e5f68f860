import { type AccessPolicy, accessPolicyWords } from '#authorization/access-policies.ts'
import { ServiceError } from '#base/errors.ts'
import { type Guid, type SubscriptionId, type TenantId, trustGuid, tryParseGuid, type VaultId } from '#base/ids.ts'
import { isObject, parseStoredJson } from '#base/json.ts'
import type { Schema } from '#storage/schema.ts'

/** Who wrote a resource. `by` is a user principal name or a client id. */
export interface Author {
  readonly by: string
  readonly type: 'User' | 'Application' | 'ManagedIdentity'
}

/** What a vault's owner chose. Stored whole, as one document. */
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
  readonly virtualNetworkRules: readonly VirtualNetworkRule[]
  /** `Disabled` admits private endpoints only, whatever the rules say. */
  readonly publicNetworkAccess: 'Enabled' | 'Disabled'
  readonly privateEndpointConnections: readonly PrivateEndpointConnection[]
  /** Whether roles decide what is done with the vault's contents; else its access policies do. */
  readonly rbacAuthorization: boolean
  /** Kept, and counting for nothing, while roles decide. At most one for each object and application. */
  readonly accessPolicies: readonly AccessPolicy[]
}

/** A subnet that may come in; kept for those who bring it, for no connection here comes from a virtual network. */
interface VirtualNetworkRule {
  /** The subnet's resource id. */
  readonly id: string
  readonly ignoreMissingVnetServiceEndpoint: boolean
}

/** What the vault's owner said about a source network; `name` is the private endpoint's in the server's configuration. */
interface PrivateEndpointConnection {
  readonly name: string
  readonly status: 'Approved' | 'Pending' | 'Rejected'
  readonly description: string
}

/** One vault, as the control plane made it. */
export interface VaultRecord {
  readonly tenant: TenantId
  readonly id: VaultId
  /** Names keep the letter case of their creation; comparison ignores it. */
  readonly address: { readonly subscription: SubscriptionId; readonly resourceGroup: string; readonly name: string }
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly settings: VaultSettings
  /** Days a deleted vault or secret can be recovered, 7 to 90. */
  readonly retentionDays: number
  readonly state: 'active' | 'deleted'
  /** Of a deleted vault: since when, and from when on it is purged. */
  readonly deletion: { readonly deletedAt: Date; readonly scheduledPurgeAt: Date } | undefined
  readonly history: {
    readonly createdAt: Date
    readonly createdBy: Author
    readonly updatedAt: Date
    readonly updatedBy: Author
  }
}

/** What makes a vault; its id and history are given at creation. */
export interface NewVault extends Pick<VaultRecord, 'address' | 'location' | 'tags' | 'settings' | 'retentionDays'> {
  readonly author: Author
}

/** What an update replaces. */
export interface VaultChanges extends Pick<VaultRecord, 'tags' | 'settings'> {
  readonly author: Author
}

/** Reads a stored row. Throws `internal` `RowBroken` for one that this program did not write. */
export function parseVaultRow(row: Schema['vault']): VaultRecord {
  return {
    tenant: trustGuid<TenantId>(row.tenant_id),
    id: trustGuid<VaultId>(row.id),
    address: {
      subscription: trustGuid<SubscriptionId>(row.subscription_id),
      resourceGroup: row.resource_group,
      name: row.name,
    },
    location: row.location,
    tags: parseTags(row.tags_json),
    settings: parseVaultSettings(row.properties_json),
    retentionDays: row.retention_days,
    state: row.state === 'active' ? 'active' : 'deleted',
    deletion: parseDeletion(row),
    history: {
      createdAt: new Date(row.created_at),
      createdBy: parseAuthor(row.created_by, row.created_by_type),
      updatedAt: new Date(row.updated_at),
      updatedBy: parseAuthor(row.updated_by, row.updated_by_type),
    },
  }
}

function parseDeletion({ state, deleted_at, purge_at }: Schema['vault']): VaultRecord['deletion'] {
  if (state === 'active') return undefined
  if (deleted_at === null || purge_at === null) throw rowBroken()
  return { deletedAt: new Date(deleted_at), scheduledPurgeAt: new Date(purge_at) }
}

type Members = Readonly<Record<string, unknown>>

function parseObject(text: string): Members {
  return asObject(parseStoredJson(text, storedRow))
}

function asObject(value: unknown): Members {
  if (!isObject(value)) throw rowBroken()
  return value
}

function parseTags(text: string): Readonly<Record<string, string>> {
  const tags = Object.entries(parseObject(text))
  return Object.fromEntries(
    tags.map(([name, value]) => {
      if (typeof value !== 'string') throw rowBroken()
      return [name, value]
    }),
  )
}

/** The settings in a stored document. Throws `internal` `RowBroken`. */
export function parseVaultSettings(text: string): VaultSettings {
  const members = parseObject(text)
  return {
    sku: parseWord(members['sku'], ['standard', 'premium']),
    enabledForDeployment: parseFlag(members['enabledForDeployment']),
    enabledForDiskEncryption: parseFlag(members['enabledForDiskEncryption']),
    enabledForTemplateDeployment: parseFlag(members['enabledForTemplateDeployment']),
    purgeProtection: parseFlag(members['purgeProtection']),
    networkBypass: parseWord(members['networkBypass'], ['AzureServices', 'None']),
    networkDefaultAction: parseWord(members['networkDefaultAction'], ['Allow', 'Deny']),
    ipRules: parseList(members['ipRules'], parseText),
    virtualNetworkRules: parseList(members['virtualNetworkRules'], parseVirtualNetworkRule),
    publicNetworkAccess: parseWord(members['publicNetworkAccess'], ['Enabled', 'Disabled']),
    privateEndpointConnections: parseList(members['privateEndpointConnections'], parseConnection),
    rbacAuthorization: parseFlag(members['rbacAuthorization']),
    accessPolicies: parseList(members['accessPolicies'], parseAccessPolicy),
  }
}

function parseVirtualNetworkRule(value: unknown): VirtualNetworkRule {
  const rule = asObject(value)
  return {
    id: parseText(rule['id']),
    ignoreMissingVnetServiceEndpoint: parseFlag(rule['ignoreMissingVnetServiceEndpoint']),
  }
}

function parseConnection(value: unknown): PrivateEndpointConnection {
  const connection = asObject(value)
  return {
    name: parseText(connection['name']),
    status: parseWord(connection['status'], ['Approved', 'Pending', 'Rejected']),
    description: parseText(connection['description']),
  }
}

function parseAccessPolicy(value: unknown): AccessPolicy {
  const policy = asObject(value)
  const permissions = Object.entries(asObject(policy['permissions'])).map(([kind, words]) => {
    const known = parseWord(kind, ['keys', 'secrets', 'certificates', 'storage'])
    return [known, parseList(words, (word) => parseWord<string>(word, accessPolicyWords[known]))] as const
  })
  return {
    tenantId: parseGuid(policy['tenantId']),
    objectId: parseGuid(policy['objectId']),
    ...(policy['applicationId'] === undefined ? {} : { applicationId: parseGuid(policy['applicationId']) }),
    permissions: Object.fromEntries(permissions),
  }
}

function parseAuthor(by: string, type: string): Author {
  return { by, type: parseWord(type, ['User', 'Application', 'ManagedIdentity']) }
}

function parseFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw rowBroken()
  return value
}

function parseText(value: unknown): string {
  if (typeof value !== 'string') throw rowBroken()
  return value
}

function parseGuid(value: unknown): Guid {
  const guid = tryParseGuid(value)
  if (guid === undefined) throw rowBroken()
  return guid
}

function parseList<T>(value: unknown, parse: (element: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw rowBroken()
  return value.map(parse)
}

function parseWord<const Word extends string>(value: unknown, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined) throw rowBroken()
  return word
}

const storedRow = "A vault's stored row"

function rowBroken(): ServiceError {
  return new ServiceError('internal', 'RowBroken', `${storedRow} cannot be read.`)
}
