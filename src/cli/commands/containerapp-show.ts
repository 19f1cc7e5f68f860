import type { Command } from '../command.ts'
import { containerAppKind, readSecrets, withConfiguration } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { recordAt } from '../json-object.ts'
import { readResource } from '../resource-command.ts'

export const containerappShow: Command = {
  path: 'containerapp show',
  summary: 'Show a container app.',
  options: [
    ...appOptions,
    { name: '--show-secrets', takes: 'switch', summary: 'With the values of its inline secrets.' },
  ],
  ...(containerAppKind.showTable === undefined ? {} : { table: containerAppKind.showTable }),
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readResource(server, containerAppKind, given)
    if (!given.flag('show-secrets')) return app
    return withConfiguration(recordAt(app), { secrets: await readSecrets(server, given) })
  },
}
