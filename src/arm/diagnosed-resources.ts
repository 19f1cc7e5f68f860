import { parseScope } from '#authorization/scope.ts'
import { tryParseVaultName } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { ResourceManagerDependencies } from './dependencies.ts'
import { listAllSettings } from './diagnostic-setting-store.ts'

/**
 * The resources whose records an audit sink gets by the tenant's diagnostic settings, as records name them: in upper case.
 * A setting of a vault that was purged counts for no vault that has its name now.
 */
export async function diagnosedResources(
  { vaults }: Pick<ResourceManagerDependencies, 'vaults'>,
  reader: Reader,
  sink: string,
): Promise<readonly string[]> {
  const resources = new Set<string>()
  for (const { vault, scopePath, sinks } of await listAllSettings(reader)) {
    if (!sinks.includes(sink)) continue
    const name = tryParseVaultName(parseScope(scopePath).segments.at(-1) ?? '')
    const present = name === undefined ? undefined : await vaults.findByName(reader, name)
    if (present?.id === vault) resources.add(scopePath.toUpperCase())
  }
  return [...resources]
}
