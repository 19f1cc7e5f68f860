import type { Command } from '../command.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'
import { groupShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const groupShow: Command = {
  path: 'group show',
  summary: 'Show a resource group.',
  options: [groupNameOption],
  async run(context) {
    const server = await context.server()
    return showAs(groupShape, (await server.management(groupRequest(server, context.arguments, 'GET'))).body)
  },
}
