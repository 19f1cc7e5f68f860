import { secretsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { locateSecret, secretLocationOptions } from '../secret-location.ts'
import { tableOfSecrets, viewSecretItem } from '../secret-view.ts'

export const keyvaultSecretListVersions: Command = {
  path: 'keyvault secret list-versions',
  summary: 'List the versions of a secret, without values.',
  options: secretLocationOptions,
  table: tableOfSecrets,
  async run(context) {
    const { vault, name } = locateSecret(context.arguments)
    const server = await context.server()
    const items = await server.list(
      { vault },
      {
        method: 'GET',
        path: `/secrets/${encodeURIComponent(name)}/versions`,
        query: { 'api-version': secretsApiVersion },
      },
    )
    return items.map(viewSecretItem)
  },
}
