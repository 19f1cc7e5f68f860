import { roleDefinitionsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { encodedPath, underScope } from '../resource-paths.ts'
import { viewRoleDefinition } from '../role-definition.ts'

export const roleDefinitionShow: Command = {
  path: 'role definition show',
  summary: 'Show a role.',
  options: [
    { name: '--name', aliases: ['-n'], summary: 'GUID of the role.' },
    { name: '--scope', summary: 'A scope where it can be assigned.' },
    { name: '--id', summary: 'Id of the role, in place of --name and --scope.' },
  ],
  async run(context) {
    const given = context.arguments
    const id = given.text('id')
    const scope = given.text('scope')
    const name = given.text('name')
    if (id === undefined && (scope === undefined || name === undefined))
      throw new CommandError('Usage error: Provide both --scope and --name', 1)
    const server = await context.server()
    const path =
      id === undefined
        ? underScope(scope ?? '', `providers/Microsoft.Authorization/roleDefinitions/${encodeURIComponent(name ?? '')}`)
        : encodedPath(id)
    const query = { 'api-version': roleDefinitionsApiVersion }
    return viewRoleDefinition((await server.management({ method: 'GET', path, query })).body)
  },
}
