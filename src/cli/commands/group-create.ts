import { resourcesApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { groupPath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'

export const groupCreate: Command = {
  path: 'group create',
  summary: 'Create a resource group.',
  options: [
    {
      name: '--name',
      aliases: ['-n', '--resource-group', '-g'],
      required: true,
      summary: 'Name of the new resource group.',
    },
    { name: '--location', aliases: ['-l'], required: true, summary: 'Location.' },
    { name: '--tags', takes: 'list', summary: 'Tags: key=value ...' },
  ],
  async run(context) {
    const server = await context.server()
    const tags = parseTags(context.arguments.list('tags'))
    const answer = await server.management({
      method: 'PUT',
      path: groupPath(server.server.subscriptionId, context.arguments.required('name')),
      query: { 'api-version': resourcesApiVersion },
      body: { location: context.arguments.required('location'), ...(tags === undefined ? {} : { tags }) },
    })
    return answer.body
  },
}
