import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, type TenantId, trustGuid, type VaultId } from '#base/ids.ts'
import { parseStoredJson } from '#base/json.ts'
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
  const value = parseStoredJson(text, storedRow)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw rowBroken()
  return value as Members
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
  }
}

function parseAuthor(by: string, type: string): Author {
  return { by, type: parseWord(type, ['User', 'Application', 'ManagedIdentity']) }
}

function parseFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw rowBroken()
  return value
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
