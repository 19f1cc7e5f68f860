import { roleAssignmentsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { underScope } from '../resource-paths.ts'
import { roleAssignmentSearchOptions, searchRoleAssignments } from '../role-assignment-search.ts'

export const roleAssignmentDelete: Command = {
  path: 'role assignment delete',
  summary: 'Take roles away.',
  options: [...roleAssignmentSearchOptions, { name: '--ids', takes: 'list', summary: 'Ids of role assignments.' }],
  async run(context) {
    const given = context.arguments
    const ids = given.list('ids')
    const named = ['assignee', 'assignee-object-id', 'role', 'scope', 'resource-group'].some(
      (option) => given.text(option) !== undefined,
    )
    if ((ids === undefined) === !named)
      throw new CommandError('Name the assignments with --ids, or with --assignee, --role and --scope.', 2)
    const server = await context.server()
    const targets =
      ids ?? (await searchRoleAssignments(server, given, false)).assignments.map((assignment) => assignment.id)
    if (targets.length === 0) throw new CommandError('No matched assignments were found to delete', 1)
    for (const id of targets) {
      const segments = id.split('/').filter((segment) => segment !== '')
      await server.management({
        method: 'DELETE',
        path: underScope(segments.slice(0, -1).join('/'), encodeURIComponent(segments.at(-1) ?? '')),
        query: { 'api-version': roleAssignmentsApiVersion },
      })
    }
    return undefined
  },
}
