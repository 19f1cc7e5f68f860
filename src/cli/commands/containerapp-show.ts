import { containerAppsApiVersion, containerAppType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { resourcePath } from '../resource-paths.ts'

export const containerappShow: Command = {
  path: 'containerapp show',
  summary: 'Show a container app.',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the app.' },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: 'Name of the resource group.' },
  ],
  async run(context) {
    const server = await context.server()
    const path = resourcePath(
      server.server.subscriptionId,
      context.arguments.required('resource-group'),
      containerAppType,
      context.arguments.required('name'),
    )
    return (await server.management({ method: 'GET', path, query: { 'api-version': containerAppsApiVersion } })).body
  },
}
