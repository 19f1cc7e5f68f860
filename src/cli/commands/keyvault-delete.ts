import type { Command } from '../command.ts'
import { noWaitOption } from '../named-options.ts'
import { vaultOptions, vaultQuery } from '../vault-command.ts'
import { vaultResourcePath } from '../vault-lookup.ts'

export const keyvaultDelete: Command = {
  path: 'keyvault delete',
  summary: 'Delete a vault. It can be recovered until its retention ends, and keeps its name until then.',
  options: [...vaultOptions, noWaitOption],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const path = await vaultResourcePath(server, given.required('name'), given.text('resource-group'))
    context.warn('The name of the vault is free again once the deleted vault was purged.')
    await server.management({ method: 'DELETE', path, query: vaultQuery })
  },
}
