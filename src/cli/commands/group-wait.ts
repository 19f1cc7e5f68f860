import type { Command } from '../command.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'
import { waitFor, waitOptions } from '../wait.ts'

export const groupWait: Command = {
  path: 'group wait',
  summary: 'Wait until a resource group is in a state.',
  options: [groupNameOption, ...waitOptions],
  run: (context) => waitFor(context, (server) => groupRequest(server, context.arguments, 'GET')),
}
