import type { Command } from '../command.ts'
import { containerAppKind } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { memberAt } from '../json-object.ts'
import { placeOf } from '../resource-command.ts'
import { rowOfRevision } from '../revision-command.ts'

export const containerappRevisionList: Command = {
  path: 'containerapp revision list',
  summary: 'List the active revisions of a container app.',
  options: [...appOptions, { name: '--all', takes: 'switch', summary: 'Also those that are not active.' }],
  table: (result) => (Array.isArray(result) ? result.map(rowOfRevision) : result),
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const { path, query } = placeOf(server, containerAppKind, given)
    const revisions = await server.list('management', { method: 'GET', path: `${path}/revisions`, query })
    return given.flag('all')
      ? revisions
      : revisions.filter((revision) => memberAt(revision, 'properties', 'active') === true)
  },
}
