import { resourcesApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { tableOfGroups } from '../group-command.ts'
import { quotedText } from '../quoted-text.ts'
import { groupShape } from '../views/resource-shapes.ts'
import { showAllAs } from '../views/shape.ts'

export const groupList: Command = {
  path: 'group list',
  summary: 'List the resource groups.',
  options: [{ name: '--tag', summary: 'Only those with a tag: key[=value].' }],
  table: tableOfGroups,
  async run(context) {
    const server = await context.server()
    const filter = tagFilter(context.arguments.text('tag'))
    const groups = await server.list('management', {
      method: 'GET',
      path: `/subscriptions/${server.server.subscriptionId}/resourcegroups`,
      query: { 'api-version': resourcesApiVersion, ...(filter === undefined ? {} : { $filter: filter }) },
    })
    return showAllAs(groupShape, groups)
  },
}

function tagFilter(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined
  const border = tag.indexOf('=')
  const name = border < 0 ? tag : tag.slice(0, border)
  const value = border < 0 ? '' : tag.slice(border + 1)
  return `tagname eq ${quotedText(name)}${value === '' ? '' : ` and tagvalue eq ${quotedText(value)}`}`
}
