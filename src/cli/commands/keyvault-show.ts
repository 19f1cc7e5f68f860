import type { Command } from '../command.ts'
import { readVault, vaultOptions } from '../vault-command.ts'
import { vaultShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const keyvaultShow: Command = {
  path: 'keyvault show',
  summary: 'Show a vault.',
  options: vaultOptions,
  async run(context) {
    const { vault } = await readVault(await context.server(), context.arguments)
    return showAs(vaultShape, vault)
  },
}
