import type { Command } from '../command.ts'
import { groupLocation } from '../group-location.ts'
import { identityKind } from '../identity-kind.ts'
import { locationOption, tagsOption } from '../named-options.ts'
import { placeOf, resourceOptions } from '../resource-command.ts'
import { parseTags } from '../tags.ts'

export const identityCreate: Command = {
  path: 'identity create',
  summary: 'Create a user-assigned identity.',
  options: [
    ...resourceOptions(identityKind),
    { ...locationOption, summary: "Location (default: the resource group's)." },
    { name: '--isolation-scope', values: ['None', 'Regional'], summary: 'Kept, without effect here.' },
    tagsOption,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const tags = parseTags(given.list('tags'))
    const isolationScope = given.text('isolation-scope')
    const answer = await server.management({
      method: 'PUT',
      ...placeOf(server, identityKind, given),
      body: {
        location: given.text('location') ?? (await groupLocation(server, given.required('resource-group'))),
        ...(isolationScope === undefined ? {} : { properties: { isolationScope } }),
        ...(tags === undefined ? {} : { tags }),
      },
    })
    return identityKind.show?.(answer.body)
  },
}
