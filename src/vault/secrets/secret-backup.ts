import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SecretName, type TenantId, tryParseSecretName } from '#base/ids.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { badParameter } from '../names.ts'
import type { SecretProperties } from '../wire.ts'

/** One version in a backup. */
export interface BackedUpVersion {
  readonly properties: SecretProperties
  readonly value: SecretValue
}

/** A secret as it was backed up. */
export interface BackedUpSecret {
  readonly latest: SecretProperties
  /** Oldest first. */
  readonly versions: readonly BackedUpVersion[]
}

/** A backup as a client gives it back: whose it says it is, and the text, of which nothing else was looked at. */
export interface SecretBackup {
  readonly name: SecretName
  readonly canonical: string
  readonly text: string
}

/** Azure's limit. Source: contracts/key-vault.md §9. */
export const maximumBackedUpVersions = 500
/** Of a blob before it is encoded: 500 versions of the largest values fit. */
const maximumBackupBytes = 16 * 1024 * 1024
/** Of the text that a client sends back. */
export const maximumBackupLength = Math.ceil((maximumBackupBytes * 4) / 3)

const format = 1
const headerLength = 2
/** What holds the longest name, 127 characters, in groups of four. */
const longestHeaderText = 176
const lengthBytes = 4

/** The name under which all backups of a tenant are sealed; nothing else opens them. */
export function backupDomain(tenant: TenantId): string {
  return `tenant/${tenant}/backup`
}

/**
 * A secret with all its versions, oldest first, as a blob that opens in the same tenant only; base64url. Layout: format (1 byte),
 * length of the name (1), name, and sealed: length of the list (4), the list of versions as JSON, the values' bytes in its order.
 * The name is in the clear, for it is authorised before anything is opened, and bound to what is sealed. Throws `malformed`
 * `BadParameter` for more than 500 versions or 16 MiB.
 */
export function sealBackup(sealer: DomainSealer, tenant: TenantId, versions: readonly BackedUpVersion[]): string {
  const name = versions[0]?.properties.name ?? ''
  if (versions.length > maximumBackedUpVersions) {
    throw badParameter(`Secret ${name} has more than ${maximumBackedUpVersions} versions and cannot be backed up.`)
  }
  const list = versions.map(({ properties, value }) => {
    const { name: _, ...metadata } = properties
    return { ...metadata, valueBytes: value.byteLength }
  })
  const listBytes = Buffer.from(JSON.stringify(list), 'utf8')
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(listBytes.length)
  const plaintext = Buffer.concat([length, listBytes, ...versions.map(({ value }) => value.reveal())])
  try {
    const nameBytes = Buffer.from(name, 'ascii')
    const sealed = sealer.seal(plaintext, bindingOf(tenant, name))
    const blob = Buffer.concat([Buffer.from([format, nameBytes.length]), nameBytes, sealed])
    if (blob.length > maximumBackupBytes) {
      throw badParameter(
        `Secret ${name} is larger than ${maximumBackupBytes} bytes with all its versions and cannot be backed up.`,
      )
    }
    return blob.toString('base64url')
  } finally {
    plaintext.fill(0)
  }
}

/**
 * Whose backup this says it is; cheap, for nobody was authorised yet. Throws `malformed` `BadParameter` for a text that is longer
 * than any backup or does not begin like one.
 */
export function parseBackup(text: string): SecretBackup {
  if (text.length > maximumBackupLength) throw invalidBackup()
  const start = Buffer.from(text.slice(0, longestHeaderText), 'base64url')
  const nameEnd = headerLength + (start[1] ?? 0)
  const name = tryParseSecretName(start.toString('latin1', headerLength, nameEnd))
  if (start[0] !== format || name === undefined || start.length < nameEnd) throw invalidBackup()
  return { name, canonical: canonicalName(name), text }
}

const storedVersions = z
  .array(
    z.object({
      version: z.string().regex(/^[0-9a-f]{32}$/),
      contentType: z.string().optional(),
      enabled: z.boolean(),
      notBeforeSeconds: z.int().optional(),
      expiresSeconds: z.int().optional(),
      createdSeconds: z.int(),
      updatedSeconds: z.int(),
      tagsJson: z.string().optional(),
      previousVersion: z.string().optional(),
      valueBytes: z.int().nonnegative(),
    }),
  )
  .min(1)
  .max(maximumBackedUpVersions)

/**
 * What is in a backup. Throws `malformed` `BadParameter` for a blob that was altered or cut short, or that
 * another tenant or installation made.
 */
export function openBackup(sealer: DomainSealer, tenant: TenantId, backup: SecretBackup): BackedUpSecret {
  const plaintext = openSealed(sealer, tenant, backup)
  try {
    const listEnd = lengthBytes + plaintext.readUInt32BE(0)
    const list = storedVersions.parse(JSON.parse(plaintext.toString('utf8', lengthBytes, listEnd)))
    let at = listEnd
    const versions = list.map(({ valueBytes, ...metadata }) => {
      const value = new SecretValue(Buffer.from(plaintext.subarray(at, at + valueBytes)))
      at += valueBytes
      const { contentType, notBeforeSeconds, expiresSeconds, tagsJson, previousVersion } = metadata
      const absent = { contentType, notBeforeSeconds, expiresSeconds, tagsJson, previousVersion }
      return { properties: { ...metadata, ...absent, name: backup.name }, value }
    })
    const latest = versions.at(-1)
    if (latest === undefined || at !== plaintext.length) throw invalidBackup()
    return { latest: latest.properties, versions }
  } catch {
    // It was sealed here, so another release of this program made it; what it holds must not be quoted.
    throw invalidBackup()
  } finally {
    plaintext.fill(0)
  }
}

function openSealed(sealer: DomainSealer, tenant: TenantId, { name, text }: SecretBackup): Buffer {
  const blob = Buffer.from(text, 'base64url')
  // A lenient decoder reads several texts alike; only one of them is a backup.
  if (blob.toString('base64url') !== text) throw invalidBackup()
  try {
    return sealer.open(blob.subarray(headerLength + name.length), bindingOf(tenant, name))
  } catch (failure) {
    if (!(failure instanceof ServiceError) || failure.code !== 'SealBroken') throw failure
    throw badParameter(
      'The backup blob cannot be restored: it was altered or cut short, or it was made in another tenant or installation.',
      'value',
    )
  }
}

function bindingOf(tenant: TenantId, name: string): readonly string[] {
  return [tenant, '', 'secret-backup', name, '', 'versions']
}

/** wire: Azure's text for what is no backup at all. */
function invalidBackup(): ServiceError {
  return badParameter('Backup blob contains invalid or corrupt version.', 'value')
}
