import type { Account } from './client/server-client.ts'

type Entry = Readonly<Record<string, unknown>>

/** A subscription as `account show` prints it. */
export function viewAccount(account: Account, isDefault: boolean): Entry {
  return {
    environmentName: account.environmentName,
    homeTenantId: account.tenantId,
    id: account.subscriptionId,
    isDefault,
    managedByTenants: [],
    name: account.subscriptionName,
    state: 'Enabled',
    tenantId: account.tenantId,
    user: account.user,
  }
}

/** The same in a list, where az calls the cloud by another name. */
export function viewListedAccount(account: Account, isDefault: boolean): Entry {
  const { environmentName, ...rest } = viewAccount(account, isDefault)
  return { ...rest, cloudName: environmentName }
}

/** The columns of az's table of subscriptions. */
export function tableOfAccounts(result: unknown): unknown {
  if (!Array.isArray(result)) return result
  return result.map((entry: Entry) => ({
    Name: entry['name'],
    CloudName: entry['cloudName'],
    SubscriptionId: entry['id'],
    TenantId: entry['tenantId'],
    State: entry['state'],
    IsDefault: entry['isDefault'],
  }))
}
