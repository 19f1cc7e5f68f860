import { roleAssignmentsApiVersion } from '../api-versions.ts'
import { answerIn } from '../client/service-answer.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { type JsonRecord, jsonOption, textAt } from '../json-object.ts'
import { underScope } from '../resource-paths.ts'
import { roleAssignmentShape, viewRoleAssignment } from '../role-assignment-view.ts'

const members = [
  'roleDefinitionId',
  'principalId',
  'principalType',
  'description',
  'condition',
  'conditionVersion',
  'delegatedManagedIdentityResourceId',
] as const

export const roleAssignmentUpdate: Command = {
  path: 'role assignment update',
  summary: 'Change the description or the condition of a role assignment.',
  options: [
    {
      name: '--role-assignment',
      required: true,
      summary: "The assignment as 'role assignment create' printed it, with the changes: JSON, or a file of it.",
    },
  ],
  async run(context) {
    const wanted = jsonOption(context.arguments.required('role-assignment'), 'role-assignment')
    const [scope, name] = [textAt(wanted, 'scope'), textAt(wanted, 'name')]
    if (scope === '' || name === '')
      throw new CommandError("'scope' and 'name' are required in the role assignment JSON.", 1)
    const server = await context.server()
    const place = {
      path: underScope(scope, `providers/Microsoft.Authorization/roleAssignments/${encodeURIComponent(name)}`),
      query: { 'api-version': roleAssignmentsApiVersion },
    }
    const former = answerIn(roleAssignmentShape, (await server.management({ method: 'GET', ...place })).body).properties
    if (former.conditionVersion?.startsWith('2.') === true && textAt(wanted, 'conditionVersion').startsWith('1.'))
      throw new CommandError("Condition version cannot be downgraded to '1.X'.", 1)
    const properties: JsonRecord = {}
    for (const member of members) {
      const value = wanted[member] ?? former[member]
      if (value !== undefined && value !== null) properties[member] = value
    }
    return viewRoleAssignment((await server.management({ method: 'PUT', ...place, body: { properties } })).body)
  },
}
