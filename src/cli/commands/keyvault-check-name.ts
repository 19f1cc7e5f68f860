import { vaultType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { nameOption } from '../named-options.ts'
import { vaultQuery } from '../vault-command.ts'
import { showAs } from '../views/shape.ts'

export const keyvaultCheckName: Command = {
  path: 'keyvault check-name',
  summary: 'Whether the name of a vault is free.',
  options: [
    nameOption('The name.'),
    { name: '--resource-type', values: ['vault'], summary: "'vault' (default); there are no managed HSMs here." },
  ],
  async run(context) {
    const server = await context.server()
    const answer = await server.management({
      method: 'POST',
      path: `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.KeyVault/checkNameAvailability`,
      query: vaultQuery,
      body: { name: context.arguments.required('name'), type: vaultType },
    })
    return showAs({ nameAvailable: 'value', reason: 'value', message: 'value' }, answer.body)
  },
}
