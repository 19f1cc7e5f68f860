import { isObject } from '#base/json.ts'

/**
 * A result with the member `resourceGroup` in every object whose id names a resource of a group, as az adds it. An object that
 * has such a member keeps its own.
 */
export function withResourceGroups(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(withResourceGroups)
  if (!isObject(result)) return result
  const members = Object.entries(result).map(([name, value]) => [name, withResourceGroups(value)] as const)
  const group = groupOf(result)
  return Object.fromEntries(group === undefined ? members : [...members, ['resourceGroup', group]])
}

function groupOf(record: Readonly<Record<string, unknown>>): string | undefined {
  const { id } = record
  if (typeof id !== 'string' || Object.keys(record).some((name) => name.toLowerCase() === 'resourcegroup'))
    return undefined
  const parts = id.split('/')
  return parts[3]?.toLowerCase() === 'resourcegroups' && parts.length > 8 ? parts[4] : undefined
}
