import type { Command } from '../command.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'

export const groupExists: Command = {
  path: 'group exists',
  summary: 'Whether a resource group exists: true or false.',
  options: [groupNameOption],
  async run(context) {
    const server = await context.server()
    const { status } = await server.management(groupRequest(server, context.arguments, 'HEAD'), [404])
    return status !== 404
  },
}
