import type { Command } from '../command.ts'
import { containerAppKind } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { memberAt } from '../json-object.ts'
import { readResource } from '../resource-command.ts'

export const containerappIdentityShow: Command = {
  path: 'containerapp identity show',
  summary: 'Show the identities of a container app.',
  options: appOptions,
  takesIds: true,
  async run(context) {
    const app = await readResource(await context.server(), containerAppKind, context.arguments)
    return memberAt(app, 'identity') ?? { type: 'None' }
  },
}
