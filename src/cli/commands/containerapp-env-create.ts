import type { Command } from '../command.ts'
import { environmentKind } from '../container-app-kind.ts'
import { logsConfiguration, logsOptions } from '../environment-logs.ts'
import { groupLocation } from '../group-location.ts'
import { locationOption, noWaitOption, tagsOption } from '../named-options.ts'
import { placeOf, resourceOptions, writeResource } from '../resource-command.ts'
import { parseTags } from '../tags.ts'

export const containerappEnvCreate: Command = {
  path: 'containerapp env create',
  summary: 'Create a managed environment for container apps.',
  options: [
    ...resourceOptions(environmentKind),
    { ...locationOption, summary: "Location (default: the resource group's)." },
    ...logsOptions,
    { name: '--zone-redundant', aliases: ['-z'], takes: 'switch', summary: 'Kept, without effect here.' },
    {
      name: '--enable-workload-profiles',
      aliases: ['-w'],
      takes: 'boolean',
      summary: 'Whether the environment has workload profiles (default true).',
    },
    noWaitOption,
    tagsOption,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const location = given.text('location') ?? (await groupLocation(server, given.required('resource-group')))
    const tags = parseTags(given.list('tags'))
    const appLogsConfiguration = await logsConfiguration(context, location)
    // az spells this one member with a capital letter.
    const profiles = [{ workloadProfileType: 'Consumption', Name: 'Consumption' }]
    const body = {
      location,
      properties: {
        appLogsConfiguration: appLogsConfiguration ?? {},
        zoneRedundant: given.flag('zone-redundant'),
        ...(given.boolean('enable-workload-profiles') === false ? {} : { workloadProfiles: profiles }),
      },
      ...(tags === undefined ? {} : { tags }),
    }
    return writeResource(server, given, { method: 'PUT', ...placeOf(server, environmentKind, given), body })
  },
}
