import { vaultType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { locationOption, nameOption, noWaitOption, someGroupOption } from '../named-options.ts'
import { resourcePath } from '../resource-paths.ts'
import { findDeletedVault, writeVault } from '../vault-command.ts'

export const keyvaultRecover: Command = {
  path: 'keyvault recover',
  summary: 'Bring back a deleted vault with all that was in it.',
  options: [nameOption('Name of the deleted vault.'), someGroupOption, locationOption, noWaitOption],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const { location, group, name } = await findDeletedVault(server, given)
    const { subscriptionId, tenantId } = server.server
    const properties = { tenantId, sku: { family: 'A', name: 'standard' }, createMode: 'recover' }
    const path = resourcePath(subscriptionId, group, vaultType, name)
    return writeVault(server, given, { path, vault: { location, properties } })
  },
}
