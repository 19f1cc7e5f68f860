import { roleAssignmentsApiVersion } from './api-versions.ts'
import { answerIn } from './client/service-answer.ts'
import type { CommandContext, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { resolveAssignee } from './principals.ts'
import { quotedText } from './quoted-text.ts'
import { underScope } from './resource-paths.ts'
import { type RoleAssignment, roleAssignmentShape } from './role-assignment-view.ts'
import { roleDefinitionId } from './role-names.ts'
import { scopeOf, scopeOptions } from './role-scope.ts'

export const roleAssignmentSearchOptions: readonly CommandOption[] = [
  ...scopeOptions,
  { name: '--assignee', summary: 'Sign-in name, application id or object id of the principal.' },
  { name: '--assignee-object-id', summary: 'Object id of the principal; the directory is not asked.' },
  { name: '--role', summary: 'Role name, GUID or id.' },
  { name: '--include-inherited', takes: 'switch', summary: 'Also assignments at scopes above.' },
]

/** Which assignments are looked for. */
export interface AssignmentSearch {
  /** Undefined for the whole subscription, scopes below included. */
  readonly scope: string | undefined
  readonly objectId: string | undefined
  readonly includeGroups: boolean
}

/** What the options look for. `--all` looks everywhere in the subscription. */
export async function assignmentSearchOf(context: CommandContext, all: boolean): Promise<AssignmentSearch> {
  const given = context.arguments
  const assignee = given.text('assignee')
  const objectId = given.text('assignee-object-id')
  if (assignee !== undefined && objectId !== undefined)
    throw new CommandError('Usage error: Provide only one of --assignee or --assignee-object-id.', 1)
  if (all && (given.text('scope') !== undefined || given.text('resource-group') !== undefined))
    throw new CommandError('group or scope are not required when --all is used', 1)
  const scope = scopeOf(await context.server(), given)
  return {
    scope: all ? undefined : scope,
    objectId: assignee === undefined ? objectId : (await resolveAssignee(context, assignee)).objectId,
    includeGroups: given.flag('include-groups'),
  }
}

/** The role assignments that a search finds, filtered as az filters them. */
export async function searchRoleAssignments(
  context: CommandContext,
  search: AssignmentSearch,
): Promise<readonly RoleAssignment[]> {
  const { scope, objectId, includeGroups } = search
  const given = context.arguments
  const server = await context.server()
  const filter = filterOf(search)
  const place = scope ?? `/subscriptions/${server.server.subscriptionId}`
  const found = await server.list('management', {
    method: 'GET',
    path: underScope(place, 'providers/Microsoft.Authorization/roleAssignments'),
    query: { ...(filter === undefined ? {} : { $filter: filter }), 'api-version': roleAssignmentsApiVersion },
  })
  const role = given.text('role')
  const roleId = role === undefined || found.length === 0 ? undefined : await roleDefinitionId(server, role, place)
  return found
    .map((item) => answerIn(roleAssignmentShape, item))
    .filter(({ properties }) => {
      const isHere = scope === undefined || properties.scope.toLowerCase() === scope.toLowerCase()
      if (!isHere && !given.flag('include-inherited')) return false
      if (objectId !== undefined && !includeGroups && properties.principalId !== objectId) return false
      return roleId === undefined || properties.roleDefinitionId.toLowerCase() === roleId.toLowerCase()
    })
}

function filterOf({ scope, objectId, includeGroups }: AssignmentSearch): string | undefined {
  const principal = objectId === undefined ? undefined : quotedText(objectId)
  if (scope !== undefined)
    return principal !== undefined && includeGroups ? `atScope() and assignedTo(${principal})` : 'atScope()'
  if (principal === undefined) return undefined
  return includeGroups ? `assignedTo(${principal})` : `principalId eq ${principal}`
}
