import type { Command } from '../command.ts'
import { groupNameOption, groupRequest } from '../group-command.ts'
import { locationOption, tagsOption } from '../named-options.ts'
import { parseTags } from '../tags.ts'
import { groupShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

export const groupCreate: Command = {
  path: 'group create',
  summary: 'Create a resource group.',
  options: [
    groupNameOption,
    { ...locationOption, required: true },
    { name: '--managed-by', summary: 'Id of the resource that manages the group.' },
    tagsOption,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const tags = parseTags(given.list('tags'))
    const managedBy = given.text('managed-by')
    const answer = await server.management({
      ...groupRequest(server, given, 'PUT'),
      body: {
        location: given.required('location'),
        ...(tags === undefined ? {} : { tags }),
        ...(managedBy === undefined ? {} : { managedBy }),
      },
    })
    return showAs(groupShape, answer.body)
  },
}
