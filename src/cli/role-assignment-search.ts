import type { z } from 'zod'
import { roleAssignmentsApiVersion } from './api-versions.ts'
import type { CommandArguments, CommandOption } from './command.ts'
import { underScope } from './resource-paths.ts'
import { roleAssignmentShape } from './role-assignment-view.ts'
import { roleNames } from './role-names.ts'
import type { ServerClient } from './server-client.ts'

export const roleAssignmentSearchOptions: readonly CommandOption[] = [
  { name: '--scope', summary: 'The scope (default: the subscription).' },
  { name: '--resource-group', aliases: ['-g'], summary: 'A resource group as the scope.' },
  { name: '--assignee', summary: 'Object id of the principal.' },
  { name: '--assignee-object-id', summary: 'Object id of the principal.' },
  { name: '--role', summary: 'Role name, GUID or id.' },
  { name: '--include-inherited', takes: 'switch', summary: 'Also assignments at scopes above.' },
]

export interface FoundAssignments {
  readonly assignments: readonly z.infer<typeof roleAssignmentShape>[]
  readonly names: ReadonlyMap<string, string>
}

/** The role assignments that the options name, filtered as az filters. */
export async function searchRoleAssignments(
  server: ServerClient,
  given: CommandArguments,
  all: boolean,
): Promise<FoundAssignments> {
  const subscription = `/subscriptions/${server.server.subscriptionId}`
  const group = given.text('resource-group')
  const scope = given.text('scope') ?? (group === undefined ? subscription : `${subscription}/resourceGroups/${group}`)
  const found = await server.list('management', {
    method: 'GET',
    path: underScope(scope, 'providers/Microsoft.Authorization/roleAssignments'),
    query: { 'api-version': roleAssignmentsApiVersion, ...(all ? {} : { $filter: 'atScope()' }) },
  })
  const names = await roleNames(server, scope)
  const principal = (given.text('assignee-object-id') ?? given.text('assignee'))?.toLowerCase()
  const role = given.text('role')?.toLowerCase()
  const assignments = found
    .map((item) => roleAssignmentShape.parse(item))
    .filter(({ properties }) => {
      if (
        !all &&
        !given.flag('include-inherited') &&
        properties.scope.toLowerCase() !== scope.toLowerCase().replace(/\/+$/, '')
      )
        return false
      if (principal !== undefined && properties.principalId.toLowerCase() !== principal) return false
      if (role === undefined) return true
      const id = properties.roleDefinitionId.toLowerCase()
      return id === role || id.endsWith(`/${role}`) || names.get(properties.roleDefinitionId)?.toLowerCase() === role
    })
  return { assignments, names }
}
