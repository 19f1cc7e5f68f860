import type { Command } from '../command.ts'
import { identityKind } from '../identity-kind.ts'
import { recordAt } from '../json-object.ts'
import { tagsOption } from '../named-options.ts'
import { placeOf, readResource, resourceOptions } from '../resource-command.ts'
import { parseTags } from '../tags.ts'

export const identityUpdate: Command = {
  path: 'identity update',
  summary: 'Change the tags of a user-assigned identity.',
  options: [
    ...resourceOptions(identityKind),
    { name: '--isolation-scope', values: ['None', 'Regional'], summary: 'Kept, without effect here.' },
    tagsOption,
  ],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const tags = parseTags(given.list('tags'))
    const isolationScope = given.text('isolation-scope')
    const identity = await readResource(server, identityKind, given)
    const body = {
      // az adds to the tags of an identity, where it replaces those of other resources.
      ...(tags === undefined ? {} : { tags: { ...recordAt(identity, 'tags'), ...tags } }),
      ...(isolationScope === undefined ? {} : { properties: { isolationScope } }),
    }
    const answer = await server.management({ method: 'PATCH', ...placeOf(server, identityKind, given), body })
    return identityKind.show?.(answer.body)
  },
}
