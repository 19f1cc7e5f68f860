import type { Guid } from '#base/ids.ts'
import { randomBytes } from '#base/random.ts'
import { SecretValue } from '#base/secret-value.ts'
import { generateDataKey, importDataKey, openBytes, sealBytes } from '#crypto/envelope.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { Reader, Writer } from '#storage/database.ts'

/** The values of an app's inline secrets, each sealed under a data key of its own. */
export interface AppSecretStore {
  /** By name. Throws `internal` `SealBroken` when a row was altered or belongs to another app. */
  openAll(reader: Reader, app: Guid, sealer: DomainSealer): Promise<ReadonlyMap<string, SecretValue>>
}

const keyIdBytes = 16

/** The table `container_app_secret`. */
export function createAppSecretStore(): AppSecretStore {
  return { openAll }
}

/** Stores `changed` values and forgets those of every name that is not in `kept`. */
export async function saveAppSecrets(
  writer: Writer,
  app: Guid,
  secrets: {
    readonly kept: ReadonlySet<string>
    readonly changed: ReadonlyMap<string, SecretValue>
    readonly sealer: DomainSealer
  },
): Promise<void> {
  const stored = await writer.kysely
    .selectFrom('container_app_secret')
    .select('name')
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .execute()
  for (const { name } of stored) {
    if (!secrets.kept.has(name) || secrets.changed.has(name)) await deleteAppSecrets(writer, app, name)
  }
  for (const [name, value] of secrets.changed) {
    const sealed = sealValue(secrets.sealer, bindingOf(writer, app, name), value)
    await writer.kysely
      .insertInto('container_app_secret')
      .values({ tenant_id: writer.tenant, app_id: app, name, ...sealed })
      .execute()
  }
}

/** Forgets one value of an app, or all. */
export async function deleteAppSecrets(writer: Writer, app: Guid, name?: string): Promise<void> {
  const rows = writer.kysely
    .deleteFrom('container_app_secret')
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
  await (name === undefined ? rows : rows.where('name', '=', name)).execute()
}

async function openAll(reader: Reader, app: Guid, sealer: DomainSealer): Promise<ReadonlyMap<string, SecretValue>> {
  const rows = await reader.kysely
    .selectFrom('container_app_secret')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('app_id', '=', app)
    .execute()
  return new Map(rows.map((row) => [row.name, openValue(sealer, bindingOf(reader, app, row.name), row)]))
}

type Binding = (level: 'data-key' | 'value') => readonly string[]

interface SealedColumns {
  readonly sealed_key: Buffer
  readonly sealed_value: Buffer
}

function sealValue(sealer: DomainSealer, binding: Binding, value: SecretValue): SealedColumns {
  const { key, bytes } = generateDataKey()
  try {
    return {
      sealed_key: sealer.seal(bytes, binding('data-key')),
      sealed_value: sealBytes(key, randomBytes(keyIdBytes), value.reveal(), binding('value')),
    }
  } finally {
    bytes.fill(0)
  }
}

function openValue(sealer: DomainSealer, binding: Binding, row: SealedColumns): SecretValue {
  const bytes = sealer.open(row.sealed_key, binding('data-key'))
  try {
    return new SecretValue(openBytes(importDataKey(bytes), row.sealed_value, binding('value')))
  } finally {
    bytes.fill(0)
  }
}

function bindingOf({ tenant }: Reader, app: Guid, name: string): Binding {
  return (level) => [tenant, app, 'app-secret', name, level]
}
