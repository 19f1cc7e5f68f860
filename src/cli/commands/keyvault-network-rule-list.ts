import type { Command } from '../command.ts'
import { memberAt } from '../json-object.ts'
import { readVault, vaultOptions } from '../vault-command.ts'
import { networkAclsShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const keyvaultNetworkRuleList: Command = {
  path: 'keyvault network-rule list',
  summary: 'Show which networks may reach a vault.',
  options: vaultOptions,
  async run(context) {
    const { vault } = await readVault(await context.server(), context.arguments)
    return showAs(networkAclsShape, memberAt(vault, 'properties', 'networkAcls'))
  },
}
