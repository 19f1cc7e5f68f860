import type { SubscriptionId, TenantId } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'

/**
 * The `azureProfile.json` by which az is signed in as a user with no login, as in Azure Cloud Shell: it then asks
 * `localhost:50342` for each token. wire: cannot change, az reads it.
 */
export function renderAzureProfile(user: {
  readonly tenantId: TenantId
  readonly subscriptionId: SubscriptionId
  readonly userPrincipalName: string
}): string {
  const { tenantId, subscriptionId, userPrincipalName } = user
  return JSON.stringify({
    installationId: randomGuid(),
    subscriptions: [
      {
        id: subscriptionId,
        name: 'Strongroom',
        state: 'Enabled',
        user: { name: userPrincipalName, type: 'user', cloudShellID: true },
        isDefault: true,
        tenantId,
        environmentName: 'AzureCloud',
        homeTenantId: tenantId,
        managedByTenants: [],
      },
    ],
  })
}
