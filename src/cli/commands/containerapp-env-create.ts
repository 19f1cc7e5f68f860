import { containerAppsApiVersion, environmentType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { groupLocation } from '../group-location.ts'
import { resourcePath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'

export const containerappEnvCreate: Command = {
  path: 'containerapp env create',
  summary: 'Create a managed environment for container apps.',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the environment.' },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: 'Name of the resource group.' },
    { name: '--location', aliases: ['-l'], summary: "Location (default: the resource group's)." },
    { name: '--logs-destination', summary: "'none' (default): there is no log workspace yet." },
    { name: '--tags', takes: 'list', summary: 'Tags: key=value ...' },
  ],
  async run(context) {
    const given = context.arguments
    const destination = given.text('logs-destination') ?? 'none'
    if (destination !== 'none') throw new CommandError("--logs-destination takes 'none'.", 2)
    const server = await context.server()
    const group = given.required('resource-group')
    const tags = parseTags(given.list('tags'))
    const path = resourcePath(server.server.subscriptionId, group, environmentType, given.required('name'))
    const query = { 'api-version': containerAppsApiVersion }
    const body = {
      location: given.text('location') ?? (await groupLocation(server, group)),
      properties: {},
      ...(tags === undefined ? {} : { tags }),
    }
    await server.management({ method: 'PUT', path, query, body })
    return (await server.management({ method: 'GET', path, query })).body
  },
}
