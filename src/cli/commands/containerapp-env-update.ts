import type { Command } from '../command.ts'
import { environmentKind } from '../container-app-kind.ts'
import { logsConfiguration, logsOptions } from '../environment-logs.ts'
import { noWaitOption, tagsOption } from '../named-options.ts'
import { placeOf, resourceOptions, writeResource } from '../resource-command.ts'
import { parseTags } from '../tags.ts'

export const containerappEnvUpdate: Command = {
  path: 'containerapp env update',
  summary: 'Change the tags or the logs of a managed environment.',
  options: [...resourceOptions(environmentKind), ...logsOptions, noWaitOption, tagsOption],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const tags = parseTags(given.list('tags'))
    const changesLogs = ['logs-destination', 'logs-workspace-id'].some((name) => given.text(name) !== undefined)
    const logs = changesLogs ? ((await logsConfiguration(context, '')) ?? { destination: 'none' }) : undefined
    const body = {
      ...(tags === undefined ? {} : { tags }),
      properties: logs === undefined ? {} : { appLogsConfiguration: logs },
    }
    return writeResource(server, given, { method: 'PATCH', ...placeOf(server, environmentKind, given), body })
  },
}
