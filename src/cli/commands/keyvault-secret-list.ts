import { secretsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { tableOfSecrets, viewSecretItem } from '../secret-view.ts'

export const keyvaultSecretList: Command = {
  path: 'keyvault secret list',
  summary: 'List the secrets of a vault, without values.',
  options: [{ name: '--vault-name', required: true, summary: 'Name of the vault.' }],
  table: tableOfSecrets,
  async run(context) {
    const server = await context.server()
    const items = await server.list(
      { vault: context.arguments.required('vault-name') },
      { method: 'GET', path: '/secrets', query: { 'api-version': secretsApiVersion } },
    )
    return items.map(viewSecretItem)
  },
}
