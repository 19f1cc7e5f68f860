import type { ServerClient } from '../client/server-client.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { type JsonRecord, memberAt, textAt } from '../json-object.ts'
import {
  readRoleDefinition,
  roleDefinitionOption,
  searchRoleDefinitions,
  writeRoleDefinition,
} from '../role-definition.ts'

export const roleDefinitionUpdate: Command = {
  path: 'role definition update',
  summary: 'Change a role of your own.',
  options: [roleDefinitionOption],
  async run(context) {
    const definition = readRoleDefinition(context.arguments.required('role-definition'))
    const server = await context.server()
    const id = textAt(definition, 'id')
    if (id !== '') {
      const name = textAt(definition, 'roleName') || textAt(definition, 'name')
      return writeRoleDefinition(server, { id: id.split('/').at(-1) ?? '', name, definition })
    }
    context.warn('Role "id" is missing. Look for the role in the current subscription...')
    const found = await findRole(server, definition)
    return writeRoleDefinition(server, { ...found, definition })
  },
}

async function findRole(
  server: ServerClient,
  definition: JsonRecord,
): Promise<{ readonly id: string; readonly name: string }> {
  const name = textAt(definition, 'name')
  const scopes = memberAt(definition, 'assignableScopes')
  const first: unknown = Array.isArray(scopes) ? scopes[0] : undefined
  const scope = typeof first === 'string' ? first : `/subscriptions/${server.server.subscriptionId}`
  const [found, another] = await searchRoleDefinitions(server, scope, { name, customOnly: false })
  if (another !== undefined) throw new CommandError(`More than one definition has the name "${name}"`, 1)
  if (found === undefined) throw new CommandError(`No definition was found with the name of "${name}"`, 1)
  return { id: textAt(found, 'name'), name: textAt(found, 'properties', 'roleName') }
}
