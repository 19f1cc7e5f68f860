import { randomGuid } from '#base/random.ts'
import { roleAssignmentsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { underScope } from '../resource-paths.ts'
import { viewRoleAssignment } from '../role-assignment-view.ts'
import { roleDefinitionId } from '../role-names.ts'

export const roleAssignmentCreate: Command = {
  path: 'role assignment create',
  summary: 'Give a principal a role at a scope.',
  options: [
    { name: '--role', required: true, summary: 'Role name, GUID or id.' },
    {
      name: '--scope',
      required: true,
      summary: 'Scope: a subscription, a resource group, a vault, or one secret of it.',
    },
    { name: '--assignee-object-id', summary: 'Object id of the principal.' },
    {
      name: '--assignee-principal-type',
      summary: 'User, Group or ServicePrincipal; with it, the principal need not be known yet.',
    },
    { name: '--assignee', summary: 'Object id of the principal, looked up.' },
    { name: '--description', summary: 'Why.' },
    { name: '--name', aliases: ['-n'], summary: 'GUID of the assignment (default: a new one).' },
  ],
  async run(context) {
    const given = context.arguments
    const principalId = given.text('assignee-object-id') ?? given.text('assignee')
    if (principalId === undefined)
      throw new CommandError('Name the principal with --assignee-object-id or --assignee.', 2)
    const server = await context.server()
    const scope = given.required('scope')
    const principalType = given.text('assignee-principal-type')
    const description = given.text('description')
    const answer = await server.management({
      method: 'PUT',
      path: underScope(
        scope,
        `providers/Microsoft.Authorization/roleAssignments/${encodeURIComponent(given.text('name') ?? randomGuid())}`,
      ),
      query: { 'api-version': roleAssignmentsApiVersion },
      body: {
        properties: {
          roleDefinitionId: await roleDefinitionId(server, given.required('role'), scope),
          principalId,
          ...(principalType === undefined ? {} : { principalType }),
          ...(description === undefined ? {} : { description }),
        },
      },
    })
    return viewRoleAssignment(answer.body)
  },
}
