import type { Command } from '../command.ts'
import { vaultOptions, vaultQuery } from '../vault-command.ts'
import { vaultResourcePath } from '../vault-lookup.ts'
import { waitFor, waitOptions } from '../wait.ts'

export const keyvaultWait: Command = {
  path: 'keyvault wait',
  summary: 'Wait until a vault is in a state.',
  options: [...vaultOptions, ...waitOptions],
  async run(context) {
    const given = context.arguments
    const path = await vaultResourcePath(await context.server(), given.required('name'), given.text('resource-group'))
    return waitFor(context, () => ({ method: 'GET', path, query: vaultQuery }))
  },
}
