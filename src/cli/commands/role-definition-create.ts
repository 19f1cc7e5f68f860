import { randomGuid } from '#base/random.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { textAt } from '../json-object.ts'
import { readRoleDefinition, roleDefinitionOption, writeRoleDefinition } from '../role-definition.ts'

export const roleDefinitionCreate: Command = {
  path: 'role definition create',
  summary: 'Make a role of your own.',
  options: [roleDefinitionOption],
  async run(context) {
    const definition = readRoleDefinition(context.arguments.required('role-definition'))
    const name = textAt(definition, 'name')
    if (name === '') throw new CommandError('please provide role name', 1)
    return writeRoleDefinition(await context.server(), { id: randomGuid(), name, definition })
  },
}
