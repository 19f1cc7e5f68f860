import type { Kysely } from 'kysely'
import { type SubscriptionId, type TenantId, trustGuid } from '#base/ids.ts'
import type { Schema } from '#storage/schema.ts'

/** A tenant: one directory, one set of signing keys, one pair of freshness counters. */
export interface Tenant {
  readonly id: TenantId
  readonly displayName: string
  /** The tenant's initial domain, in lower case; sign-in accepts it in place of the GUID. */
  readonly domain: string
  readonly createdAt: Date
}

export interface Subscription {
  readonly id: SubscriptionId
  readonly tenant: TenantId
  readonly displayName: string
  readonly createdAt: Date
}

/** Creates a tenant with both counters at zero. For `Database.system`; fails when the id is taken. */
export async function createTenant(kysely: Kysely<Schema>, tenant: Tenant): Promise<Tenant> {
  const stored = { ...tenant, domain: tenant.domain.toLowerCase() }
  await kysely
    .insertInto('tenant')
    .values({
      id: stored.id,
      display_name: stored.displayName,
      domain: stored.domain,
      generation: 0,
      epoch: 0,
      created_at: stored.createdAt.getTime(),
    })
    .execute()
  return stored
}

/** Creates a subscription of a tenant. For `Database.system`; fails when the id is taken. */
export async function createSubscription(kysely: Kysely<Schema>, subscription: Subscription): Promise<Subscription> {
  await kysely
    .insertInto('subscription')
    .values({
      id: subscription.id,
      tenant_id: subscription.tenant,
      display_name: subscription.displayName,
      created_at: subscription.createdAt.getTime(),
    })
    .execute()
  return subscription
}

/** Every tenant, oldest first: the first is the one made at first start. */
export async function listTenants(kysely: Kysely<Schema>): Promise<readonly Tenant[]> {
  const rows = await kysely.selectFrom('tenant').selectAll().orderBy('created_at').orderBy('id').execute()
  return rows.map(tenantFromRow)
}

/** The tenant with this id, or undefined. */
export async function findTenant(kysely: Kysely<Schema>, id: TenantId): Promise<Tenant | undefined> {
  const row = await kysely.selectFrom('tenant').selectAll().where('id', '=', id).executeTakeFirst()
  return row && tenantFromRow(row)
}

/** The tenant with this domain, in any letter case. */
export async function findTenantByDomain(kysely: Kysely<Schema>, domain: string): Promise<Tenant | undefined> {
  const row = await kysely
    .selectFrom('tenant')
    .selectAll()
    .where('domain', '=', domain.toLowerCase())
    .executeTakeFirst()
  return row && tenantFromRow(row)
}

/** The subscriptions of a tenant, oldest first. */
export async function listSubscriptions(kysely: Kysely<Schema>, tenant: TenantId): Promise<readonly Subscription[]> {
  const rows = await subscriptionsOf(kysely, tenant).orderBy('created_at').orderBy('id').execute()
  return rows.map(subscriptionFromRow)
}

/** The subscription, if it is this tenant's. */
export async function findSubscription(
  kysely: Kysely<Schema>,
  tenant: TenantId,
  id: SubscriptionId,
): Promise<Subscription | undefined> {
  const row = await subscriptionsOf(kysely, tenant).where('id', '=', id).executeTakeFirst()
  return row && subscriptionFromRow(row)
}

function subscriptionsOf(kysely: Kysely<Schema>, tenant: TenantId) {
  return kysely.selectFrom('subscription').selectAll().where('tenant_id', '=', tenant)
}

function tenantFromRow(row: Pick<Schema['tenant'], 'id' | 'display_name' | 'domain' | 'created_at'>): Tenant {
  return {
    id: trustGuid(row.id),
    displayName: row.display_name,
    domain: row.domain,
    createdAt: new Date(row.created_at),
  }
}

function subscriptionFromRow(row: Schema['subscription']): Subscription {
  return {
    id: trustGuid(row.id),
    tenant: trustGuid(row.tenant_id),
    displayName: row.display_name,
    createdAt: new Date(row.created_at),
  }
}
