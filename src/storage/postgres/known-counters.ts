import type { TenantId } from '#base/ids.ts'
import type { Freshness } from '../database.ts'

/** The counters of tenants as this process last saw them. They only ever grow, so an older sight never replaces a newer. */
export class KnownCounters {
  readonly #byTenant = new Map<string, Freshness>()

  get(tenant: TenantId): Freshness | undefined {
    return this.#byTenant.get(tenant)
  }

  observe(tenant: TenantId, seen: Freshness): void {
    const known = this.#byTenant.get(tenant)
    if (known === undefined || total(seen) > total(known)) this.#byTenant.set(tenant, Object.freeze(seen))
  }

  snapshot(): ReadonlyMap<string, Freshness> {
    return new Map(this.#byTenant)
  }
}

/** Whether `seen` is a state before `known`. Both counters grow, so their sum orders the states of a tenant. */
export function isBefore(seen: Freshness, known: Freshness): boolean {
  return total(seen) < total(known)
}

function total(freshness: Freshness): number {
  return freshness.generation + freshness.epoch
}
