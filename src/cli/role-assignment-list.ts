import type { CommandContext } from './command.ts'
import { namesOfPrincipals } from './principals.ts'
import type { AssignmentSearch } from './role-assignment-search.ts'
import { type RoleAssignment, viewRoleAssignment } from './role-assignment-view.ts'
import { roleNames } from './role-names.ts'

/** Role assignments as az lists them, with the names of roles and, where the directory answers, of principals. */
export async function namedRoleAssignments(
  context: CommandContext,
  assignments: readonly RoleAssignment[],
  search: AssignmentSearch,
): Promise<readonly unknown[]> {
  if (assignments.length === 0) return []
  const server = await context.server()
  const scope = search.scope ?? `/subscriptions/${server.server.subscriptionId}`
  const ids = assignments.map(({ properties }) => properties.principalId)
  const isNamed = context.arguments.boolean('fill-principal-name') !== false
  const principals = isNamed ? await namesOfPrincipals(server, ids) : undefined
  const names = { roles: await roleNames(server, scope), principals }
  return assignments.map((assignment) => viewRoleAssignment(assignment, names))
}
