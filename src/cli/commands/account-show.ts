import type { Command } from '../command.ts'

export const accountShow: Command = {
  path: 'account show',
  summary: 'Show the subscription, the tenant and who commands run as.',
  options: [],
  async run(context) {
    const server = await context.server()
    const { subscriptionId, tenantId } = server.server
    const { userPrincipalName } = await server.signedInUser()
    return {
      environmentName: 'AzureCloud',
      homeTenantId: tenantId,
      id: subscriptionId,
      isDefault: true,
      managedByTenants: [],
      name: 'Strongroom',
      state: 'Enabled',
      tenantId,
      user: { cloudShellID: true, name: userPrincipalName, type: 'user' },
    }
  },
}
