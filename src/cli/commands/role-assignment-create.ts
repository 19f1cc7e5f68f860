import { randomGuid } from '#base/random.ts'
import { roleAssignmentsApiVersion } from '../api-versions.ts'
import { ServiceFailure } from '../client/service-answer.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { resolveAssignee, typeOfPrincipal } from '../principals.ts'
import { underScope } from '../resource-paths.ts'
import { namedRoleAssignments } from '../role-assignment-list.ts'
import { searchRoleAssignments } from '../role-assignment-search.ts'
import { roleDefinitionId } from '../role-names.ts'
import { scopeOf } from '../role-scope.ts'
import { flattened } from '../views/flattened.ts'
import { roleAssignmentShape } from '../views/resource-shapes.ts'
import { showAs } from '../views/shape.ts'

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
    { name: '--assignee', summary: 'Sign-in name, application id or object id of the principal, looked up.' },
    { name: '--assignee-object-id', summary: 'Object id of the principal.' },
    {
      name: '--assignee-principal-type',
      values: ['User', 'Group', 'ServicePrincipal', 'ForeignGroup', 'Device'],
      summary: 'With it, the principal need not be known yet.',
    },
    { name: '--description', summary: 'Why.' },
    { name: '--condition', summary: 'Condition under which the role counts.' },
    { name: '--condition-version', summary: 'Version of the condition (default 2.0).' },
    { name: '--name', aliases: ['-n'], summary: 'GUID of the assignment (default: a new one).' },
  ],
  async run(context) {
    const given = context.arguments
    const { objectId, type } = await principalOf(context)
    const condition = given.text('condition')
    const conditionVersion = given.text('condition-version') ?? (condition === undefined ? undefined : '2.0')
    if (conditionVersion !== undefined && condition === undefined)
      throw new CommandError('usage error: When --condition-version is set, --condition must be set as well.', 1)
    const server = await context.server()
    const scope = scopeOf(server, given)
    const description = given.text('description')
    const name = given.text('name') ?? randomGuid()
    try {
      const answer = await server.management({
        method: 'PUT',
        path: underScope(scope, `providers/Microsoft.Authorization/roleAssignments/${encodeURIComponent(name)}`),
        query: { 'api-version': roleAssignmentsApiVersion },
        body: {
          properties: {
            roleDefinitionId: await roleDefinitionId(server, given.required('role'), scope),
            principalId: objectId,
            ...(type === undefined ? {} : { principalType: type }),
            ...(description === undefined ? {} : { description }),
            ...(condition === undefined ? {} : { condition, conditionVersion }),
          },
        },
      })
      return showAs(roleAssignmentShape, flattened(answer.body))
    } catch (failure) {
      if (!(failure instanceof ServiceFailure) || failure.code !== 'RoleAssignmentExists') throw failure
      const search = { scope, objectId, includeGroups: false }
      const [existing] = await namedRoleAssignments(context, await searchRoleAssignments(context, search), search)
      return existing
    }
  },
}

async function principalOf(
  context: CommandContext,
): Promise<{ readonly objectId: string; readonly type: string | undefined }> {
  const given = context.arguments
  const assignee = given.text('assignee')
  const objectId = given.text('assignee-object-id')
  const type = given.text('assignee-principal-type')
  if (type !== undefined && objectId === undefined)
    throw new CommandError('usage error: --assignee-object-id GUID --assignee-principal-type TYPE', 1)
  if (assignee !== undefined && objectId === undefined) return resolveAssignee(context, assignee)
  if (assignee !== undefined || objectId === undefined)
    throw new CommandError('usage error: --assignee STRING | --assignee-object-id GUID', 1)
  return { objectId, type: type ?? (await typeOfPrincipal(await context.server(), objectId)) }
}
