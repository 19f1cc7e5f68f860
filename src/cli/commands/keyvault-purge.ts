import type { Command } from '../command.ts'
import { locationOption, nameOption, noWaitOption } from '../named-options.ts'
import { deletedVaultPath, findDeletedVault, vaultQuery } from '../vault-command.ts'

export const keyvaultPurge: Command = {
  path: 'keyvault purge',
  summary: 'Destroy a deleted vault and all that is in it, for good.',
  options: [nameOption('Name of the deleted vault.'), locationOption, noWaitOption],
  async run(context) {
    const server = await context.server()
    const { location, name } = await findDeletedVault(server, context.arguments)
    const scope = `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.KeyVault`
    const request = {
      method: 'POST',
      path: `${deletedVaultPath(scope, location, name)}/purge`,
      query: vaultQuery,
    } as const
    if (context.arguments.flag('no-wait')) await server.management(request)
    else await server.settle(request)
  },
}
