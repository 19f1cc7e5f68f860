import type { TenantId } from '#base/ids.ts'

/** How the first segment of a path names tenants. */
export interface TenantNames {
  /** The tenant with this GUID or verified domain name, in any letter case. Does no I/O. */
  find(name: string): TenantId | undefined
}

/** What stands in a path for a tenant: the tenant itself, or one of the names for "whichever the user is of". */
export type NamedTenant =
  | { readonly kind: 'tenant'; readonly tenant: TenantId }
  | { readonly kind: 'any'; readonly alias: 'common' | 'organizations' }

/** The tenant in a path segment, if this host answers for it. */
export function parseTenantName(name: string, names: TenantNames, home: TenantId): NamedTenant | undefined {
  const lower = name.toLowerCase()
  if (lower === 'common' || lower === 'organizations') return { kind: 'any', alias: lower }
  return names.find(lower) === home ? { kind: 'tenant', tenant: home } : undefined
}

/** The segment that stands for it in the addresses we give out: never the domain name, for clients take the tenant's id from it. */
export function segmentOf(named: NamedTenant): string {
  return named.kind === 'tenant' ? named.tenant : named.alias
}
