import { roleAssignmentsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { encodedPath } from '../resource-paths.ts'
import { assignmentSearchOf, roleAssignmentSearchOptions, searchRoleAssignments } from '../role-assignment-search.ts'

const narrowing = ['assignee', 'assignee-object-id', 'role', 'resource-group', 'scope'] as const

export const roleAssignmentDelete: Command = {
  path: 'role assignment delete',
  summary: 'Take roles back: those that the options name, at the scope.',
  options: [
    { name: '--ids', takes: 'list', summary: 'Ids of the assignments; other options then do not count.' },
    ...roleAssignmentSearchOptions,
    { name: '--yes', aliases: ['-y'], takes: 'switch', summary: 'Without effect: nobody is asked.' },
  ],
  async run(context) {
    const given = context.arguments
    const ids = given.list('ids') ?? []
    if (ids.length === 0 && !narrowing.some((name) => given.text(name) !== undefined))
      throw new CommandError(
        'Please provide at least one of these arguments: --ids, --assignee, --assignee-object-id, --role, --resource-group, --scope',
        2,
      )
    const server = await context.server()
    const named = ids.length > 0 ? ids : await searchedIds()
    for (const id of named)
      await server.management({
        method: 'DELETE',
        path: encodedPath(id),
        query: { 'api-version': roleAssignmentsApiVersion },
      })

    async function searchedIds(): Promise<readonly string[]> {
      const found = await searchRoleAssignments(context, await assignmentSearchOf(context, false))
      if (found.length === 0) throw new CommandError('No matched assignments were found to delete', 1)
      return found.map(({ id }) => id)
    }
  },
}
