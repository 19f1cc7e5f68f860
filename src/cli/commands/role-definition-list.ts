import type { Command } from '../command.ts'
import { searchRoleDefinitions, tableOfRoleDefinitions, viewRoleDefinition } from '../role-definition.ts'
import { scopeOf, scopeOptions } from '../role-scope.ts'

export const roleDefinitionList: Command = {
  path: 'role definition list',
  summary: 'List the roles that can be assigned at a scope.',
  options: [
    { name: '--name', aliases: ['-n'], summary: 'Name or GUID of a role.' },
    { name: '--custom-role-only', takes: 'boolean', summary: 'Only roles of your own.' },
    ...scopeOptions,
  ],
  table: tableOfRoleDefinitions,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const wanted = { name: given.text('name'), customOnly: given.boolean('custom-role-only') === true }
    return (await searchRoleDefinitions(server, scopeOf(server, given), wanted)).map(viewRoleDefinition)
  },
}
