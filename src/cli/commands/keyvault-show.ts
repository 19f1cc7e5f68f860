import { keyVaultApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { vaultResourcePath } from '../vault-lookup.ts'

export const keyvaultShow: Command = {
  path: 'keyvault show',
  summary: 'Show a vault.',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the vault.' },
    { name: '--resource-group', aliases: ['-g'], summary: 'Name of the resource group (default: looked up).' },
  ],
  async run(context) {
    const server = await context.server()
    const path = await vaultResourcePath(
      server,
      context.arguments.required('name'),
      context.arguments.text('resource-group'),
    )
    return (await server.management({ method: 'GET', path, query: { 'api-version': keyVaultApiVersion } })).body
  },
}
