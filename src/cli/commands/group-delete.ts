import type { Command } from '../command.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'
import { noWaitOption } from '../named-options.ts'

export const groupDelete: Command = {
  path: 'group delete',
  summary: 'Delete a resource group with all that is in it. Its vaults can be recovered.',
  options: [groupNameOption, noWaitOption],
  confirms: true,
  async run(context) {
    const server = await context.server()
    const request = groupRequest(server, context.arguments, 'DELETE')
    if (context.arguments.flag('no-wait')) await server.management(request)
    else await server.settle(request)
  },
}
