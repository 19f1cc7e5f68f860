import type { Command } from '../command.ts'
import { revisionOptions, revisionRequest, rowOfRevision } from '../revision-command.ts'

export const containerappRevisionShow: Command = {
  path: 'containerapp revision show',
  summary: 'Show a revision of a container app.',
  options: revisionOptions,
  table: rowOfRevision,
  async run(context) {
    const server = await context.server()
    return (await server.management(revisionRequest(server, context.arguments, 'GET'))).body
  },
}
