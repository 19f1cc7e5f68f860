import type { Command } from '../command.ts'
import { namedRoleAssignments } from '../role-assignment-list.ts'
import { assignmentSearchOf, roleAssignmentSearchOptions, searchRoleAssignments } from '../role-assignment-search.ts'
import { tableOfRoleAssignments } from '../role-assignment-view.ts'

export const roleAssignmentList: Command = {
  path: 'role assignment list',
  summary: 'List role assignments at a scope.',
  options: [
    ...roleAssignmentSearchOptions,
    { name: '--all', takes: 'switch', summary: 'All of the subscription, at scopes below too.' },
    { name: '--include-groups', takes: 'switch', summary: 'Also those of the groups that the principal is in.' },
    { name: '--fill-principal-name', takes: 'boolean', summary: 'Whether principals are named (default true).' },
  ],
  table: tableOfRoleAssignments,
  async run(context) {
    const search = await assignmentSearchOf(context, context.arguments.flag('all'))
    return namedRoleAssignments(context, await searchRoleAssignments(context, search), search)
  },
}
