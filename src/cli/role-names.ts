import { z } from 'zod'
import { roleDefinitionsApiVersion } from './api-versions.ts'
import { CommandError } from './command-error.ts'
import { underScope } from './resource-paths.ts'
import type { ServerClient } from './server-client.ts'

const definitionShape = z.object({ id: z.string(), name: z.string(), properties: z.object({ roleName: z.string() }) })
const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The id of a role definition given by name, GUID or id, as it is rendered at `scope`. */
export async function roleDefinitionId(server: ServerClient, role: string, scope: string): Promise<string> {
  if (role.startsWith('/')) return role
  if (guidPattern.test(role))
    return `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  const found = await server.list('management', {
    method: 'GET',
    path: underScope(scope, 'providers/Microsoft.Authorization/roleDefinitions'),
    query: { $filter: `roleName eq '${role.replaceAll("'", "''")}'`, 'api-version': roleDefinitionsApiVersion },
  })
  const first = found[0]
  if (first === undefined) throw new CommandError(`Role '${role}' doesn't exist.`, 1)
  return definitionShape.parse(first).id
}

/** Role names by role definition id, as rendered at `scope`. */
export async function roleNames(server: ServerClient, scope: string): Promise<ReadonlyMap<string, string>> {
  const all = await server.list('management', {
    method: 'GET',
    path: underScope(scope, 'providers/Microsoft.Authorization/roleDefinitions'),
    query: { 'api-version': roleDefinitionsApiVersion },
  })
  return new Map(
    all.map((item) => definitionShape.parse(item)).map((definition) => [definition.id, definition.properties.roleName]),
  )
}
