import type { Command } from '../command.ts'
import { readApp, readSecrets, secretsOf } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'

export const containerappSecretList: Command = {
  path: 'containerapp secret list',
  summary: 'List the secrets of a container app: names and references.',
  options: [...appOptions, { name: '--show-values', takes: 'switch', summary: 'With the values of inline secrets.' }],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readApp(server, given)
    return given.flag('show-values') ? readSecrets(server, given) : (secretsOf(app) ?? [])
  },
}
