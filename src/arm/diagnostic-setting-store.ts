import { canonicalName, trustGuid, type VaultId } from '#base/ids.ts'
import { isJsonObject, type JsonObject, parseStoredJson } from '#base/json.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'

/** Which audit sinks get the records of a vault. */
export interface DiagnosticSetting {
  readonly vault: VaultId
  /** The vault's scope. */
  readonly scopePath: string
  /** As it was written; compared without regard to letter case. */
  readonly name: string
  /** What the owner chose, as it is shown again. */
  readonly properties: JsonObject
  /** Names of sinks in the server's configuration. */
  readonly sinks: readonly string[]
}

export async function findSetting(
  reader: Reader,
  vault: VaultId,
  name: string,
): Promise<DiagnosticSetting | undefined> {
  const row = await reader.kysely
    .selectFrom('diagnostic_setting')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('vault_id', '=', vault)
    .where('name_canonical', '=', canonicalName(name))
    .executeTakeFirst()
  return row === undefined ? undefined : parseRow(row)
}

/** The settings of a vault, in order of name; few, for a vault has at most five. */
export async function listSettings(reader: Reader, vault: VaultId): Promise<readonly DiagnosticSetting[]> {
  const rows = await reader.kysely
    .selectFrom('diagnostic_setting')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('vault_id', '=', vault)
    .orderBy('name_canonical')
    .execute()
  return rows.map(parseRow)
}

/** The settings of all vaults of the tenant. */
export async function listAllSettings(reader: Reader): Promise<readonly DiagnosticSetting[]> {
  const rows = await reader.kysely
    .selectFrom('diagnostic_setting')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .execute()
  return rows.map(parseRow)
}

/** Creates or replaces. */
export async function saveSetting(writer: Writer, setting: DiagnosticSetting): Promise<void> {
  const chosen = {
    properties_json: JSON.stringify(setting.properties),
    sinks_json: JSON.stringify(setting.sinks),
    scope_canonical: setting.scopePath,
  }
  await writer.kysely
    .insertInto('diagnostic_setting')
    .values({
      tenant_id: writer.tenant,
      vault_id: setting.vault,
      name: setting.name,
      name_canonical: canonicalName(setting.name),
      ...chosen,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'vault_id', 'name_canonical']).doUpdateSet(chosen))
    .execute()
}

/** Deletes every setting of a vault that is purged. */
export async function removeSettingsOf(writer: Writer, vault: VaultId): Promise<void> {
  await writer.kysely
    .deleteFrom('diagnostic_setting')
    .where('tenant_id', '=', writer.tenant)
    .where('vault_id', '=', vault)
    .execute()
}

/** Deletes a setting; false when there was none. */
export async function removeSetting(writer: Writer, vault: VaultId, name: string): Promise<boolean> {
  const result = await writer.kysely
    .deleteFrom('diagnostic_setting')
    .where('tenant_id', '=', writer.tenant)
    .where('vault_id', '=', vault)
    .where('name_canonical', '=', canonicalName(name))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

function parseRow(row: Schema['diagnostic_setting']): DiagnosticSetting {
  const properties = parseStoredJson(row.properties_json, 'A stored diagnostic setting')
  const sinks = parseStoredJson(row.sinks_json, 'A stored diagnostic setting')
  return {
    vault: trustGuid<VaultId>(row.vault_id),
    scopePath: row.scope_canonical,
    name: row.name,
    properties: isJsonObject(properties) ? properties : {},
    sinks: Array.isArray(sinks) ? sinks.filter((name) => typeof name === 'string') : [],
  }
}
