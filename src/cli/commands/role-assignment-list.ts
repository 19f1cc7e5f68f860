import type { Command } from '../command.ts'
import { roleAssignmentSearchOptions, searchRoleAssignments } from '../role-assignment-search.ts'
import { tableOfRoleAssignments, viewRoleAssignment } from '../role-assignment-view.ts'

export const roleAssignmentList: Command = {
  path: 'role assignment list',
  summary: 'List role assignments at a scope.',
  options: [...roleAssignmentSearchOptions, { name: '--all', takes: 'switch', summary: 'Also at scopes below.' }],
  table: tableOfRoleAssignments,
  async run(context) {
    const server = await context.server()
    const { assignments, names } = await searchRoleAssignments(server, context.arguments, context.arguments.flag('all'))
    return assignments.map((assignment) => viewRoleAssignment(assignment, names))
  },
}
