import type { Command } from '../command.ts'
import { resourceTypeOption } from '../named-options.ts'
import { deletedVaultsRequest } from '../vault-command.ts'
import { deletedVaultShape } from '../views/resource-shapes.ts'
import { showAllAs } from '../views/shape.ts'

export const keyvaultListDeleted: Command = {
  path: 'keyvault list-deleted',
  summary: 'List the deleted vaults of the subscription.',
  options: [resourceTypeOption],
  async run(context) {
    if (context.arguments.text('resource-type') === 'hsm') return []
    const server = await context.server()
    const scope = `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.KeyVault`
    return showAllAs(deletedVaultShape, await server.list('management', deletedVaultsRequest(scope)))
  },
}
