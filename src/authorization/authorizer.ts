import { type Clock, systemClock } from '#base/clock.ts'
import type { PrincipalId, TenantId } from '#base/ids.ts'
import { transitiveGroups } from '#directory/membership.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import { type Freshness, type Reader, sameFreshness } from '#storage/database.ts'
import { type BuiltInPrincipal, findBuiltInPrincipal } from './built-in-principals.ts'
import type { Authorizer, Permissions } from './decision.ts'
import { loadDenyRules } from './deny-assignment-store.ts'
import { compilePermissions } from './evaluate.ts'
import { loadRoleGrants } from './load-role-grants.ts'
import { rootScope } from './scope.ts'

export interface AuthorizerSettings {
  /** Principals per tenant whose compiled permissions are kept; the least recently used goes first. Default 2,000. */
  readonly maximumCachedPrincipals?: number
  /** For conditions on the time; the machine's own if left out. */
  readonly clock?: Clock
}

/**
 * The one evaluator, with compiled permissions cached under tenant, principal and exact freshness. What is unknown is never
 * cached, so made-up principals push nobody out.
 */
export function createAuthorizer(settings: AuthorizerSettings = {}): Authorizer {
  return new CachingAuthorizer(settings.maximumCachedPrincipals ?? 2000, settings.clock ?? systemClock)
}

class CachingAuthorizer implements Authorizer {
  readonly #maximum: number
  readonly #clock: Clock
  /** A Map keeps insertion order: the first entry is the least recently used. */
  readonly #byTenant = new Map<TenantId, Map<PrincipalId, Permissions>>()
  /** The last hit; it spares the reordering while one principal calls again and again. */
  #newest: Permissions | undefined

  constructor(maximum: number, clock: Clock) {
    this.#maximum = maximum
    this.#clock = clock
  }

  cached(tenant: TenantId, principal: PrincipalId, freshness: Freshness): Permissions | undefined {
    let entry = this.#newest
    if (entry === undefined || entry.principal !== principal || entry.tenant !== tenant) {
      const entries = this.#byTenant.get(tenant)
      entry = entries?.get(principal)
      if (entries === undefined || entry === undefined) return undefined
      entries.delete(principal)
      entries.set(principal, entry)
      this.#newest = entry
    }
    return sameFreshness(entry.freshness, freshness) ? entry : undefined
  }

  async load(reader: Reader, principal: PrincipalId): Promise<Permissions> {
    const builtIn = findBuiltInPrincipal(principal)
    if (builtIn !== undefined) return this.#loadBuiltIn(reader, builtIn)
    const record = await findPrincipal(reader, principal)
    if (record === undefined) {
      return compilePermissions({ ...this.#factsOf(reader, principal), state: 'unknown' })
    }
    const groups = await transitiveGroups(reader, principal)
    const identities = [principal, ...groups]
    const permissions = compilePermissions({
      ...this.#factsOf(reader, principal),
      state: record.enabled ? 'enabled' : 'disabled',
      groups,
      grants: await loadRoleGrants(reader, identities),
      denials: await loadDenyRules(reader, identities),
    })
    this.#keep(permissions)
    return permissions
  }

  async #loadBuiltIn(reader: Reader, { id, role }: BuiltInPrincipal): Promise<Permissions> {
    const permissions = compilePermissions({
      ...this.#factsOf(reader, id),
      state: 'enabled',
      grants: [{ assignmentId: id, principalId: id, scope: rootScope, role }],
      denials: await loadDenyRules(reader, [id]),
    })
    this.#keep(permissions)
    return permissions
  }

  #factsOf({ tenant, freshness }: Reader, principal: PrincipalId) {
    return { tenant, principal, freshness, groups: [], grants: [], denials: [], clock: this.#clock }
  }

  #keep(permissions: Permissions): void {
    const entries = this.#byTenant.get(permissions.tenant) ?? new Map<PrincipalId, Permissions>()
    this.#byTenant.set(permissions.tenant, entries)
    const kept = entries.get(permissions.principal)
    // Two loads may overlap; the older one must not take the newer one's place.
    if (kept !== undefined && isNewer(kept.freshness, permissions.freshness)) return
    entries.delete(permissions.principal)
    entries.set(permissions.principal, permissions)
    this.#newest = permissions
    const oldest = entries.size > this.#maximum ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
  }
}

function isNewer(left: Freshness, right: Freshness): boolean {
  return left.generation > right.generation || left.epoch > right.epoch
}
