/**
 * directory: the Entra directory: tenants, subscriptions, users, groups, service principals, managed identities and client
 * secrets. Principals are known by immutable object ids; never decides what one may do, and never keeps a secret's text.
 */
import type { Kysely } from 'kysely'
import type { ClientId, SubscriptionId, TenantId } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import {
  type ClientSecretVerdict,
  type CredentialHashing,
  loadClientSecrets,
  type PreparedClientSecret,
  prepareClientSecret,
  type StoredClientSecret,
  verifyClientSecret,
} from './client-secret-store.ts'
import { createUser, findUserByPrincipalName, type Principal } from './principal-store.ts'
import {
  createSubscription,
  createTenant,
  listSubscriptions,
  listTenants,
  type Subscription,
  type Tenant,
} from './tenant-store.ts'

export interface DirectoryDependencies {
  readonly credentials: CredentialHashing
}

/** What the first start makes: one tenant, one subscription, one operator, who is a user and nothing more. */
export interface FirstStart {
  readonly tenantId: TenantId
  readonly subscriptionId: SubscriptionId
  readonly tenantName: string
  /** The tenant's domain; the operator is `operator@<domain>`. */
  readonly domain: string
  readonly subscriptionName: string
  readonly now: Date
}

/** The installation's own tenant. `operator` is undefined when it was deleted since. */
export interface HomeTenant {
  readonly tenant: Tenant
  readonly subscription: Subscription
  readonly operator: Principal | undefined
}

/** The parts of the directory that need more than a transaction. */
export interface Directory {
  /** Generates and hashes a client secret; slow, for `prepare`. */
  prepareClientSecret(): Promise<PreparedClientSecret>
  loadClientSecrets(reader: Reader, clientId: ClientId): Promise<readonly StoredClientSecret[]>
  /** Tries a presented secret, outside any transaction; slow. */
  verifyClientSecret(
    stored: readonly StoredClientSecret[],
    attempt: { readonly presented: string; readonly now: Date },
  ): Promise<ClientSecretVerdict>
  /** The installation's own tenant, or undefined before the first start. */
  findHomeTenant(kysely: Kysely<Schema>): Promise<HomeTenant | undefined>
  /**
   * Makes tenant, subscription and operator. Give it `Database.system`'s write transaction and make the operator Owner of the
   * subscription in the same one: then either all exist or none does.
   */
  createHomeTenant(kysely: Kysely<Schema>, first: FirstStart): Promise<HomeTenant & { readonly operator: Principal }>
}

/** Creates the directory. */
export function createDirectory(dependencies: DirectoryDependencies): Directory {
  const { credentials } = dependencies
  return {
    prepareClientSecret: () => prepareClientSecret(credentials),
    loadClientSecrets,
    verifyClientSecret: (stored, attempt) => verifyClientSecret(credentials, stored, attempt),
    findHomeTenant,
    createHomeTenant,
  }
}

async function findHomeTenant(kysely: Kysely<Schema>): Promise<HomeTenant | undefined> {
  const tenant = (await listTenants(kysely))[0]
  if (tenant === undefined) return undefined
  const subscription = (await listSubscriptions(kysely, tenant.id))[0]
  if (subscription === undefined) return undefined
  const operator = await findUserByPrincipalName({ kysely, tenant: tenant.id }, operatorNameIn(tenant.domain))
  return { tenant, subscription, operator }
}

async function createHomeTenant(
  kysely: Kysely<Schema>,
  first: FirstStart,
): Promise<HomeTenant & { readonly operator: Principal }> {
  const tenant = await createTenant(kysely, {
    id: first.tenantId,
    displayName: first.tenantName,
    domain: first.domain,
    createdAt: first.now,
  })
  const subscription = await createSubscription(kysely, {
    id: first.subscriptionId,
    tenant: tenant.id,
    displayName: first.subscriptionName,
    createdAt: first.now,
  })
  const operator = await createUser(
    { kysely, tenant: tenant.id, now: first.now },
    { displayName: 'Operator', userPrincipalName: operatorNameIn(tenant.domain) },
  )
  return { tenant, subscription, operator }
}

function operatorNameIn(domain: string): string {
  return `operator@${domain}`
}
