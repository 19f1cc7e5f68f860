import { secretsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { locateSecret, secretLocationOptions } from '../secret-location.ts'
import { tableOfSecrets, viewSecret } from '../secret-view.ts'

export const keyvaultSecretShow: Command = {
  path: 'keyvault secret show',
  summary: 'Show a secret with its value: the newest version, or one version.',
  options: [
    ...secretLocationOptions,
    { name: '--version', aliases: ['-v'], summary: 'The version (default: the newest).' },
  ],
  table: tableOfSecrets,
  async run(context) {
    const { vault, name, version } = locateSecret(context.arguments)
    const server = await context.server()
    const answer = await server.vault(vault, {
      method: 'GET',
      path: `/secrets/${encodeURIComponent(name)}/${encodeURIComponent(version)}`,
      query: { 'api-version': secretsApiVersion },
    })
    return viewSecret(answer.body)
  },
}
