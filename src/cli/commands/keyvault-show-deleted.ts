import type { Command } from '../command.ts'
import { locationOption, nameOption } from '../named-options.ts'
import { findDeletedVault } from '../vault-command.ts'
import { deletedVaultShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const keyvaultShowDeleted: Command = {
  path: 'keyvault show-deleted',
  summary: 'Show a deleted vault.',
  options: [nameOption('Name of the deleted vault.'), locationOption],
  async run(context) {
    const { body } = await findDeletedVault(await context.server(), context.arguments)
    return showAs(deletedVaultShape, body)
  },
}
