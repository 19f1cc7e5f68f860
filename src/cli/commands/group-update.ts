import type { Command } from '../command.ts'
import { applyGenericUpdate, genericUpdateOptions } from '../generic-update.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'
import { recordAt } from '../json-object.ts'
import { tagsOption } from '../named-options.ts'
import { parseTags } from '../tags.ts'
import { groupShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const groupUpdate: Command = {
  path: 'group update',
  summary: 'Change the tags of a resource group.',
  options: [groupNameOption, tagsOption, ...genericUpdateOptions],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const group = recordAt((await server.management(groupRequest(server, given, 'GET'))).body)
    const tags = parseTags(given.list('tags'))
    if (tags !== undefined) group['tags'] = tags
    const body = applyGenericUpdate(group, given)
    return showAs(groupShape, (await server.management({ ...groupRequest(server, given, 'PUT'), body })).body)
  },
}
