import { roleDefinitionsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { textAt } from '../json-object.ts'
import { nameOption } from '../named-options.ts'
import { underScope } from '../resource-paths.ts'
import { searchRoleDefinitions } from '../role-definition.ts'
import { scopeOf, scopeOptions } from '../role-scope.ts'

export const roleDefinitionDelete: Command = {
  path: 'role definition delete',
  summary: 'Delete a role of your own.',
  options: [
    nameOption('Name or GUID of the role.'),
    { name: '--custom-role-only', takes: 'boolean', summary: 'Look only among roles of your own.' },
    ...scopeOptions,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const scope = scopeOf(server, given)
    const wanted = { name: given.required('name'), customOnly: given.boolean('custom-role-only') === true }
    for (const role of await searchRoleDefinitions(server, scope, wanted))
      await server.management({
        method: 'DELETE',
        path: underScope(scope, `providers/Microsoft.Authorization/roleDefinitions/${textAt(role, 'name')}`),
        query: { 'api-version': roleDefinitionsApiVersion },
      })
  },
}
